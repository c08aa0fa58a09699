"""May this person use this power for this company now? The one answer that every door asks for.

1. The person is active.
2. Nothing restricts the person or the company in this power.
3. The company's status lets it do what the power is for.
4. An office, a role or a mandate carries the power, each checked along its whole chain: a firm
   that is restricted, or whose status lets it hold no mandates, carries nothing, and neither
   does a restricted mandate. By mandate, a power goes as far down as the catalogue lets it.
5. An amount fits under the limits of every mandate of the chain, with what others have used.

A restriction that must not be told refuses as if the power had never been given.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from authentication.models import (
    Amount,
    Capacity,
    Company,
    Mandate,
    MandateLimit,
    Member,
    MemberRole,
    Officer,
    Person,
    Restriction,
)
from authentication.powers import RUN_THE_COMPANY, PowerDefinition, power_named
from authentication.services.has_room import has_room
from authentication.services.walk_chain import ChainLink, walk_chain
from authentication.standing import Function, Permission, permission_for
from corpid.errors import NotAllowed, gettext_noop

_KINDS_OF_LINK = (
    Restriction.SubjectKind.COMPANY,
    Restriction.SubjectKind.AGENT,
    Restriction.SubjectKind.MANDATE,
)
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


class LimitExceeded(NotAllowed):
    code = "limit_exceeded"
    title = gettext_noop("The mandate does not allow that much, or not any more.")
    remedy = gettext_noop("Name an amount within its limits, or ask the company for more.")


@dataclass(frozen=True, slots=True)
class Authority:
    """Where the power comes from: an officer's capacity, `member` (a role) or `agent`.

    `mandates` are those whose limits bind it, of the whole chain.
    """

    power: str
    capacity: str
    chain: tuple[ChainLink, ...]
    roles: tuple[str, ...] = ()
    mandates: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class _Way:
    """An authority, if nothing on the way to it is stopped: these firms, mandates and agent."""

    authority: Authority
    firms: frozenset[UUID] = frozenset()
    others: frozenset[UUID] = frozenset()

    @property
    def links(self) -> frozenset[UUID]:
        return self.firms | self.others

    def goes_through(self, mandate: str) -> bool:
        return any(link.mandate == mandate for link in self.authority.chain)


def check_power(
    *,
    person: Person,
    company: Company,
    power: str,
    at: datetime,
    mandate: str | None = None,
    amount: Amount | None = None,
) -> Authority:
    """Find the authority, for an `amount` if one is given.

    With the reference of a `mandate`, only a chain that goes through it counts. A power that no
    app has registered raises UnknownPower; what is refused raises PersonNotActive,
    UseRestricted, StatusForbids, LimitExceeded or NoAuthority.
    """
    definition = power_named(power)
    person.refresh_from_db(fields=["status"])  # 1
    if person.status != Person.Status.ACTIVE:
        raise PersonNotActive(f"person is {person.status}")
    about = Q(subject_kind=Restriction.SubjectKind.PERSON, subject_id=person.id) | Q(
        subject_kind=Restriction.SubjectKind.COMPANY, subject_id=company.id
    )
    if biting := _restrictions(about, power, at):  # 2
        raise _refusal(biting)
    company.refresh_from_db(fields=["status"])  # 3
    permission = permission_for(company.status, definition.function)
    if permission is Permission.NO:
        raise StatusForbids(f"{definition.function} while {company.status}")
    biting = []
    exceeded = False
    for find in _WAYS if permission is Permission.YES else (_office_holders,):  # 4
        ways = find(person, company, definition, at)
        if mandate is not None:
            ways = [way for way in ways if way.goes_through(mandate)]
        resting, restricting = _stopped(ways, power, at)
        for way in ways:
            stopping = [each for each in restricting if each.subject_id in way.links]
            biting += stopping
            if stopping or way.firms & resting:
                continue
            if _is_within_limits(way, definition, amount, at):  # 5
                return way.authority
            exceeded = True
    if exceeded:
        raise LimitExceeded(f"{power} for {amount}")
    raise _refusal(biting) if biting else NoAuthority(f"{power} for {company.ubi}")


def _restrictions(about: Q, power: str, at: datetime) -> list[Restriction]:
    standing = Restriction.objects.in_force(at=at).filter(about)
    return [restriction for restriction in standing if restriction.stops(power)]


def _refusal(biting: Sequence[Restriction]) -> NotAllowed:
    """Name one that may be told; of the others not even the code says that they are there."""
    for restriction in biting:
        if restriction.may_be_told:
            return UseRestricted(f"restriction {restriction.id}")
    return NoAuthority(f"restriction {biting[0].id}, not to be told")


def _stopped(
    ways: Sequence[_Way], power: str, at: datetime
) -> tuple[set[UUID], list[Restriction]]:
    """Find which firms rest by status, and what restricts a link: two queries at most."""
    firms = frozenset[UUID]().union(*(way.firms for way in ways))
    links = frozenset[UUID]().union(*(way.links for way in ways))
    statuses = Company.objects.filter(id__in=firms).values_list("id", "status") if firms else ()
    resting = {
        firm
        for firm, status in statuses
        if permission_for(status, Function.MANDATES) is Permission.NO
    }
    about = Q(subject_kind__in=_KINDS_OF_LINK, subject_id__in=links)
    return resting, _restrictions(about, power, at) if links else []


def _is_within_limits(
    way: _Way, power: PowerDefinition, amount: Amount | None, at: datetime
) -> bool:
    """Offices and roles have no limits: who runs the company is bound by law alone."""
    mandates = way.authority.mandates
    if not mandates:
        return True
    if amount is None:
        return not power.needs_limit
    if power.needs_limit and not MandateLimit.objects.filter(mandate__in=mandates).exists():
        return False
    return has_room(mandates=mandates, amount=amount, at=at)


def _through(person: Person, authority: Authority) -> _Way:
    """Wrap an authority that comes through firms or mandates: its person is their agent."""
    firms = frozenset(link.company_id for link in authority.chain[:-1])
    return _Way(authority, firms, frozenset({person.id, *authority.mandates}))


def _by_office(
    person: Person, company: Company, power: PowerDefinition, at: datetime
) -> list[_Way]:
    return [
        _of_office(person, office, power)
        for office in _offices(person, company, at)
        if office.capacity in RUN_THE_COMPANY or office.capacity in power.capacities
    ]


def _office_holders(
    person: Person, company: Company, power: PowerDefinition, at: datetime
) -> list[_Way]:
    """While the company is wound up or in receivership, the one in charge may do it alone."""
    return [
        _of_office(person, office, power)
        for office in _offices(person, company, at)
        if office.capacity in _OFFICE_HOLDERS
    ]


def _offices(person: Person, company: Company, at: datetime) -> models.QuerySet[Officer]:
    firms = Member.objects.filter(person=person, status=Member.Status.ACTIVE).values(
        "company_id"
    )
    return (
        Officer.objects.in_office(on=timezone.localdate(at))
        .undisputed()
        .filter(Q(person=person) | Q(firm__in=firms), company=company)
        .select_related("company", "firm")
        .order_by("capacity")
    )


def _of_office(person: Person, office: Officer, power: PowerDefinition) -> _Way:
    principal, firm = ChainLink(office.company.ubi, office.company.id), office.firm
    if firm is None:
        return _Way(Authority(power.key, office.capacity, (principal,)))
    links = (ChainLink(firm.ubi, firm.id), principal)
    return _through(person, Authority(power.key, office.capacity, links))


def _by_role(
    person: Person, company: Company, power: PowerDefinition, at: datetime
) -> list[_Way]:
    roles = (
        MemberRole.objects.in_force(at=at)
        .filter(
            member__person=person,
            member__company=company,
            member__status=Member.Status.ACTIVE,
            role__powers__key=power.key,
        )
        .order_by("role__key")
        .values_list("role__key", flat=True)
    )
    keys = tuple(roles)
    if not keys:
        return []
    links = (ChainLink(company.ubi, company.id),)
    return [_Way(Authority(power.key, "member", links, keys))]


def _by_mandate(
    person: Person, company: Company, power: PowerDefinition, at: datetime
) -> list[_Way]:
    theirs = Q(delegate_person=person) | Q(
        delegate_member__person=person, delegate_member__status=Member.Status.ACTIVE
    )
    lent = Q(users__member__person=person, users__member__status=Member.Status.ACTIVE)
    mandates = (
        Mandate.objects.in_force(at=at)
        .filter(
            theirs | lent,
            principal=company,
            powers__key=power.key,
            powers__is_delegable=True,
            powers__max_depth__gte=F("depth"),
        )
        .select_related("principal", "delegate_company")
        .select_related("parent__parent", "parent__delegate_company")
        .select_related("parent__parent__delegate_company")
        .order_by("depth", "id")
        .distinct()
    )
    return [
        _through(
            person,
            Authority(
                power.key,
                "agent",
                chain,
                mandates=tuple(link.id for link in _upwards(mandate)),
            ),
        )
        for mandate in mandates
        if (chain := walk_chain(mandate, at=at)) and _whole_chain_carries(mandate, power.key)
    ]


def _upwards(mandate: Mandate) -> Iterator[Mandate]:
    link: Mandate | None = mandate
    while link is not None:
        yield link
        link = link.parent


def _whole_chain_carries(mandate: Mandate, power: str) -> bool:
    """No mandate is wider than its parent: checked at every use, not only when granted."""
    _, *parents = _upwards(mandate)
    return all(
        parent.may_subdelegate and parent.powers.filter(key=power).exists()
        for parent in parents
    )


_WAYS = (_by_office, _by_role, _by_mandate)
