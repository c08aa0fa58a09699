"""The powers of Corp ID itself that identity brings; each app has its own `powers.py`.

A definition is data: `services/establish_catalogue` writes it into the database at each start.
"""

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext_noop as _

from authentication.models import Capacity


@dataclass(frozen=True, slots=True)
class PowerDefinition:
    """`roles` are the system roles that carry it; officers have it by `capacities` as well."""

    key: str
    name_en: str
    name_tc: str
    name_sc: str
    risk: Literal["L", "M", "H"]
    roles: tuple[str, ...] = ()
    needs_limit: bool = False


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    key: str
    name_en: str
    name_tc: str
    name_sc: str


SIGN_IN = "corpid.sign_in"
MANAGE_MEMBERS = "corpid.members.manage"
GRANT_MANDATES = "corpid.mandates.grant"
VIEW_COMPANY = "corpid.company.view"

SYSTEM_ROLES = (
    RoleDefinition("administrator", _("Administrator"), "管理員", "管理员"),
    RoleDefinition("mandate_manager", _("Mandate manager"), "委託管理人", "委托管理人"),
    RoleDefinition("signer", _("Signer"), "簽署人", "签署人"),
    RoleDefinition("filer", _("Filer"), "申報人", "申报人"),
    RoleDefinition("wallet_manager", _("Wallet manager"), "證照管理人", "证照管理人"),
    RoleDefinition("auditor", _("Auditor"), "核數師", "审计师"),
    RoleDefinition("viewer", _("Viewer"), "查閱人", "查阅人"),
)

POWERS = (
    PowerDefinition(
        SIGN_IN,
        _("Sign in to e-services for the company"),
        "代表公司登入電子服務",
        "代表公司登录电子服务",
        "L",
        roles=("administrator", "signer", "filer", "wallet_manager"),
    ),
    PowerDefinition(
        VIEW_COMPANY,
        _("See the company's pages"),
        "查閱公司頁面",
        "查阅公司页面",
        "L",
        roles=(
            "administrator",
            "mandate_manager",
            "signer",
            "filer",
            "wallet_manager",
            "auditor",
            "viewer",
        ),
    ),
    PowerDefinition(
        MANAGE_MEMBERS,
        _("Manage members and roles"),
        "管理成員及角色",
        "管理成员及角色",
        "H",
        roles=("administrator",),
    ),
    PowerDefinition(
        GRANT_MANDATES,
        _("Let others act for the company"),
        "委託他人代辦",
        "委托他人代办",
        "H",
        roles=("administrator", "mandate_manager"),
    ),
)

# Who runs a company has every power in it, by law rather than by grant (None = all).
# A secretary keeps the records: what the catalogue gives the capacity, no more.
POWERS_OF_CAPACITY: dict[str, frozenset[str] | None] = {
    Capacity.DIRECTOR: None,
    Capacity.ALTERNATE_DIRECTOR: None,
    Capacity.PROPRIETOR: None,
    Capacity.PARTNER: None,
    Capacity.GENERAL_PARTNER: None,
    Capacity.LIQUIDATOR: None,
    Capacity.SECRETARY: frozenset(
        {
            SIGN_IN,
            VIEW_COMPANY,
            "corpid.sign",
            "corpid.sign.prepare",
            "corpid.data.consent",
            "corpid.registration.renew",
            "corpid.wallet.view",
        }
    ),
    Capacity.MANAGER: frozenset({SIGN_IN, VIEW_COMPANY, "corpid.wallet.view"}),
    Capacity.LOCAL_AGENT: frozenset(
        {SIGN_IN, VIEW_COMPANY, "corpid.data.consent", "corpid.registration.renew"}
    ),
    Capacity.RECEIVER: frozenset({SIGN_IN, VIEW_COMPANY}),
    Capacity.PROVISIONAL_LIQUIDATOR: frozenset({SIGN_IN, VIEW_COMPANY}),
    Capacity.OFFICIAL_RECEIVER: frozenset({SIGN_IN, VIEW_COMPANY}),
    Capacity.RESERVE_DIRECTOR: frozenset(),  # acts only once the sole director has died (s.455)
    Capacity.PERSONAL_REPRESENTATIVE: frozenset(),
}
