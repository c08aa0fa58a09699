"""May this person use this power for this company now? The one answer that every door asks for.

1. The person is active.
2. Nothing restricts the person or the company in this power.
3. The company's status lets it do what the power is for.
4. An office, a role or a mandate carries the power, each checked along its whole chain.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from authentication.models import (
    Capacity,
    Company,
    Mandate,
    Member,
    MemberRole,
    Officer,
    Person,
    Restriction,
)
from authentication.powers import POWERS_OF_CAPACITY, VIEW_COMPANY
from authentication.services.find_acting import ChainLink, chain_of
from authentication.standing import Function, Permission, permission_for
from corpid.errors import NotAllowed, gettext_noop

_FUNCTION_OF_POWER = {
    VIEW_COMPANY: Function.READ,
    "corpid.sign": Function.SIGN,
    "corpid.sign.prepare": Function.SIGN,
    "corpid.data.consent": Function.CONSENT,
    "corpid.registration.renew": Function.RENEW,
    "corpid.wallet.present": Function.PRESENT,
    "corpid.wallet.view": Function.READ,
    "corpid.mandates.grant": Function.MANDATES,
}
_OFFICE_HOLDERS = frozenset(
    {
        Capacity.LIQUIDATOR,
        Capacity.PROVISIONAL_LIQUIDATOR,
        Capacity.RECEIVER,
        Capacity.OFFICIAL_RECEIVER,
    }
)


class PersonNotActive(NotAllowed):
    code = "person_not_active"
    title = gettext_noop("Your use of Corp ID is stopped.")
    remedy = gettext_noop("Write to the Corp ID office; this page's trace id helps them.")


class UseRestricted(NotAllowed):
    code = "use_restricted"
    title = gettext_noop("This use of Corp ID is stopped for the company.")
    remedy = gettext_noop("The company's directors can see why under Company, Restrictions.")


class StatusForbids(NotAllowed):
    code = "company_status_forbids"
    title = gettext_noop("The company's status on the register does not allow this.")
    remedy = gettext_noop("See the company's page for what can still be done.")


class NoAuthority(NotAllowed):
    code = "no_authority"
    title = gettext_noop("You do not have the power to do this for the company.")
    remedy = gettext_noop("Ask the company's administrator or a director for it.")


@dataclass(frozen=True, slots=True)
class Authority:
    """Where the power comes from: an officer's capacity, `member` (a role) or `agent`."""

    power: str
    capacity: str
    chain: tuple[ChainLink, ...]
    roles: tuple[str, ...] = ()


def check_power(*, person: Person, company: Company, power: str, at: datetime) -> Authority:
    """Find the authority. Raises PersonNotActive, UseRestricted, StatusForbids, NoAuthority."""
    person.refresh_from_db(fields=["status"])  # 1
    if person.status != Person.Status.ACTIVE:
        raise PersonNotActive(f"person is {person.status}")
    _check_restrictions({"person": person.id, "company": company.id}, power, at)  # 2
    company.refresh_from_db(fields=["status"])  # 3
    function = _FUNCTION_OF_POWER.get(power, Function.SIGN_IN)
    permission = permission_for(company.status, function)
    if permission is Permission.NO:
        raise StatusForbids(f"{function} while {company.status}")
    offices_only = permission is Permission.OFFICE_HOLDER
    authority = (  # 4
        _by_office(person, company, power, at, offices_only=offices_only)
        or (None if offices_only else _by_role(person, company, power, at))
        or (None if offices_only else _by_mandate(person, company, power, at))
    )
    if authority is None:
        raise NoAuthority(f"{power} for {company.ubi}")
    return authority


def _check_restrictions(subjects: dict[str, UUID], power: str, at: datetime) -> None:
    about = Q()
    for kind, subject_id in subjects.items():
        about |= Q(subject_kind=kind, subject_id=subject_id)
    for restriction in Restriction.objects.in_force(at=at).filter(about):
        if restriction.stops(power):
            raise UseRestricted(f"restriction {restriction.id}")


def _by_office(
    person: Person, company: Company, power: str, at: datetime, *, offices_only: bool
) -> Authority | None:
    firms = Member.objects.filter(person=person, status=Member.Status.ACTIVE).values(
        "company_id"
    )
    offices = (
        Officer.objects.in_office(on=timezone.localdate(at))
        .undisputed()
        .filter(Q(person=person) | Q(firm__in=firms), company=company)
        .select_related("firm")
        .order_by("capacity")
    )
    for office in offices:
        if offices_only and office.capacity not in _OFFICE_HOLDERS:
            continue
        given = POWERS_OF_CAPACITY.get(office.capacity, frozenset())
        if offices_only or given is None or power in given:
            firm = office.firm
            staffed = () if firm is None else (ChainLink(firm.ubi, firm.id),)
            links = (*staffed, ChainLink(company.ubi, company.id))
            return Authority(power, office.capacity, links)
    return None


def _by_role(person: Person, company: Company, power: str, at: datetime) -> Authority | None:
    roles = (
        MemberRole.objects.in_force(at=at)
        .filter(
            member__person=person,
            member__company=company,
            member__status=Member.Status.ACTIVE,
            role__powers__key=power,
        )
        .order_by("role__key")
        .values_list("role__key", flat=True)
    )
    keys = tuple(roles)
    if not keys:
        return None
    return Authority(power, "member", (ChainLink(company.ubi, company.id),), keys)


def _by_mandate(person: Person, company: Company, power: str, at: datetime) -> Authority | None:
    theirs = Q(delegate_person=person) | Q(
        delegate_member__person=person, delegate_member__status=Member.Status.ACTIVE
    )
    lent = Q(users__member__person=person, users__member__status=Member.Status.ACTIVE)
    mandates = (
        Mandate.objects.in_force(at=at)
        .filter(theirs | lent, principal=company, powers__key=power)
        .select_related("principal", "delegate_company")
        .select_related("parent__parent", "parent__delegate_company")
        .select_related("parent__parent__delegate_company")
        .order_by("depth", "id")
        .distinct()
    )
    for mandate in mandates:
        chain = chain_of(mandate, at=at)
        if chain and _whole_chain_carries(mandate, power):
            return Authority(power, "agent", chain)
    return None


def _whole_chain_carries(mandate: Mandate, power: str) -> bool:
    """No mandate is wider than its parent: checked at every use, not only when granted."""
    link = mandate.parent
    while link is not None:
        if not link.may_subdelegate or not link.powers.filter(key=power).exists():
            return False
        link = link.parent
    return True
