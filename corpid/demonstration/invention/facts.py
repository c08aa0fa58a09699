"""What an invented company and an invented person consist of."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple


class Name(NamedTuple):
    """A name in English, 繁體 and 简体; empty where it has none."""

    en: str
    tc: str
    sc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedPerson:
    """`hkid` as printed: letters, digits, the check character in brackets."""

    hkid: str
    name: Name
    home: Name
    email: str = ""  # empty: named by registers, has not joined
    story: str = ""  # who they are in the sandbox, for its page of accounts

    @property
    def has_account(self) -> bool:
        return bool(self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedOfficer:
    """A person by `hkid` or a firm by `ubi`: one of them."""

    capacity: str
    appointed_on: date
    hkid: str = ""
    ubi: str = ""
    ceased_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedRegistration:
    """A business registration certificate; `valid_until` is exclusive."""

    certificate_number: str
    nature: str
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedPremises:
    name: str
    address: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedLicence:
    """A food licence for premises of the company, by their name."""

    number: str
    kind: str  # general_restaurant, light_refreshment, food_factory, bakery
    premises_name: str
    issued_on: date
    expires_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedMember:
    """Somebody whom the company has let in, with roles by key."""

    hkid: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedCompany:
    ubi: str
    kind: str
    name: Name
    address: Name
    formed_on: date
    cr_number: str = ""
    status: str = "live"
    former_name: Name | None = None  # until `renamed_on`
    renamed_on: date | None = None
    successor_ubi: str = ""  # amalgamated into
    place_of_formation: str = ""  # for those formed abroad
    officers: tuple[InventedOfficer, ...] = ()
    members: tuple[InventedMember, ...] = ()
    shares: tuple[tuple[str, int], ...] = ()  # (hkid or ubi of the shareholder, shares)
    registration: InventedRegistration | None = None
    premises: tuple[InventedPremises, ...] = ()
    licences: tuple[InventedLicence, ...] = ()
    is_enrolled: bool = True
    signing_rule: dict[str, Any] | None = None  # none: what the law says


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedMandate:
    """`principal` lets a firm use powers, through one member of its staff."""

    principal_ubi: str
    firm_ubi: str
    member_hkid: str
    powers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedWorld:
    """Everything, as of the day on which the sandbox was first seeded."""

    on: date
    persons: tuple[InventedPerson, ...]
    companies: tuple[InventedCompany, ...]
    mandates: tuple[InventedMandate, ...]
