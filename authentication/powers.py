"""The powers of Corp ID itself that identity brings; each app has its own `powers.py`.

A definition is data: `services/establish_catalogue` writes it into the database at each start.
Each app registers its own when Django is ready, so that what a company's status means for a
power is asked of the app that brings it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext_noop as _

from authentication.models import Capacity
from authentication.standing import Function


@dataclass(frozen=True, slots=True)
class PowerDefinition:
    """`roles` are the system roles that carry it; officers have it by `capacities` as well.

    `function` is the column of the status table that decides whether it may be used. By mandate
    it goes `max_depth` links down from the principal; one that is not delegable goes nowhere.
    One `is_joint` is used under the company's signing rule: a person has it, others must agree.
    """

    key: str
    name_en: str
    name_tc: str
    name_sc: str
    risk: Literal["L", "M", "H"]
    function: Function
    roles: tuple[str, ...] = ()
    capacities: tuple[Capacity, ...] = ()
    needs_limit: bool = False
    is_delegable: bool = True
    max_depth: int = 3
    is_joint: bool = False


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
VIEW_ACTIVITY = "corpid.activity.view"

_RECORD_KEEPERS = (
    Capacity.SECRETARY,
    Capacity.MANAGER,
    Capacity.LOCAL_AGENT,
    Capacity.RECEIVER,
    Capacity.PROVISIONAL_LIQUIDATOR,
    Capacity.OFFICIAL_RECEIVER,
)

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
        Function.SIGN_IN,
        roles=("administrator", "signer", "filer", "wallet_manager"),
        capacities=_RECORD_KEEPERS,
    ),
    PowerDefinition(
        VIEW_COMPANY,
        _("See the company's pages"),
        "查閱公司頁面",
        "查阅公司页面",
        "L",
        Function.READ,
        roles=(
            "administrator",
            "mandate_manager",
            "signer",
            "filer",
            "wallet_manager",
            "auditor",
            "viewer",
        ),
        capacities=_RECORD_KEEPERS,
    ),
    PowerDefinition(
        VIEW_ACTIVITY,
        _("See who did what for the company, and export it"),
        "查閱及匯出公司的活動紀錄",
        "查阅和导出公司的活动记录",
        "M",
        Function.READ,
        roles=("administrator", "auditor"),
    ),
    PowerDefinition(
        MANAGE_MEMBERS,
        _("Manage members and roles"),
        "管理成員及角色",
        "管理成员及角色",
        "H",
        Function.SIGN_IN,
        roles=("administrator",),
    ),
    PowerDefinition(
        GRANT_MANDATES,
        _("Let others act for the company"),
        "委託他人代辦",
        "委托他人代办",
        "H",
        Function.MANDATES,
        roles=("administrator", "mandate_manager"),
    ),
)

# Who runs a company has every power in it, by law rather than by grant. A secretary keeps the
# records: what a power's `capacities` give, no more. A reserve director acts only once the sole
# director has died (s.455), a personal representative not at all: neither is named anywhere.
RUN_THE_COMPANY = frozenset(
    {
        Capacity.DIRECTOR,
        Capacity.ALTERNATE_DIRECTOR,
        Capacity.PROPRIETOR,
        Capacity.PARTNER,
        Capacity.GENERAL_PARTNER,
        Capacity.LIQUIDATOR,
    }
)


class UnknownPower(LookupError):
    """No app brings such a power: nothing decides when it may be used, so it may not."""


_registered: dict[str, PowerDefinition] = {}


def register_powers(definitions: Iterable[PowerDefinition]) -> None:
    """Make an app's powers known to this process, as its `ready` does."""
    _registered.update({definition.key: definition for definition in definitions})


def power_named(key: str) -> PowerDefinition:
    """Find a registered power. Raises UnknownPower."""
    try:
        return _registered[key]
    except KeyError:
        raise UnknownPower(key) from None
