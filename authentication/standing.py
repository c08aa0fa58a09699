"""What a company's status lets it do: one table, one decision.

Rows and columns are those of "Status decides" in the product's design; a status without a row
permits nothing, so a new one fails closed.
"""

from enum import StrEnum

from authentication.models.company import CompanyStatus


class Function(StrEnum):
    SIGN_IN = "sign_in"
    CONSENT = "consent"
    SIGN = "sign"
    MANDATES = "mandates"
    PRESENT = "present"
    RENEW = "renew"
    READ = "read"


class Permission(StrEnum):
    YES = "yes"
    NO = "no"
    OFFICE_HOLDER = "office_holder"  # only the liquidator, provisional liquidator or receiver


_YES = dict.fromkeys(Function, Permission.YES)
_ENDED = {**dict.fromkeys(Function, Permission.NO), Function.READ: Permission.YES}
_LIQUIDATION = {
    **dict.fromkeys(Function, Permission.OFFICE_HOLDER),
    Function.MANDATES: Permission.NO,
    Function.READ: Permission.YES,
}

_TABLE: dict[str, dict[Function, Permission]] = {
    CompanyStatus.LIVE: _YES,
    CompanyStatus.DORMANT: _YES,
    CompanyStatus.REDOMICILED_IN: _YES,
    CompanyStatus.RESTORED: _YES,
    CompanyStatus.NAME_BEING_CHANGED: _YES,
    CompanyStatus.REGISTRATION_EXPIRED: {
        **_YES,
        Function.CONSENT: Permission.NO,
        Function.MANDATES: Permission.NO,
    },
    CompanyStatus.RECEIVER: {**_YES, Function.MANDATES: Permission.NO},
    CompanyStatus.PROVISIONAL_LIQUIDATOR: _LIQUIDATION,
    CompanyStatus.WINDING_UP: _LIQUIDATION,
    CompanyStatus.AMALGAMATED: _ENDED,
    CompanyStatus.DEREGISTERED: _ENDED,
    CompanyStatus.STRUCK_OFF: _ENDED,
    CompanyStatus.CEASED: _ENDED,
    CompanyStatus.UNATTENDED: _ENDED,
}


def permission_for(status: str, function: Function) -> Permission:
    """Decide one cell of the table."""
    return _TABLE.get(status, {}).get(function, Permission.NO)
