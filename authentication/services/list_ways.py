"""The ways in which a person may act for a company.

Four ways lead to a company, and the first that holds is the one that is shown:

1. the register names the person as its officer;
2. the company has let the person in as a member;
3. the register names a firm as its officer, and the firm has let the person in: its staff act
   in that capacity, without a mandate;
4. a mandate to the person, to them as a member, or to a company whose member they are and which
   lets them use it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from authentication.models import Company, Mandate, Member, MemberRole, Officer, Person
from authentication.services.walk_chain import ChainLink, walk_chain


@dataclass(frozen=True, slots=True)
class Acting:
    """A person acting for a company: `capacity` is an officer's, `member` or `agent`.

    `chain` runs from the firm that the person works for to the principal, which is last; it is
    the principal alone where the person is its own officer or member.
    """

    person: Person
    company: Company
    capacity: str
    chain: tuple[ChainLink, ...]
    roles: tuple[str, ...] = ()

    @property
    def is_direct(self) -> bool:
        return len(self.chain) == 1


def list_ways(
    *, person: Person, at: datetime, company_id: UUID | None = None
) -> Iterator[Acting]:
    """Give every way, or those to one company; the first to a company is the one to show."""
    if person.status != Person.Status.ACTIVE:
        return
    wanted = Q() if company_id is None else Q(company=company_id)
    offices = (
        Officer.objects.in_office(on=timezone.localdate(at))
        .filter(wanted)
        .select_related("company__current_name", "firm")
        .order_by("capacity")
    )
    memberships = list(
        Member.objects.filter(person=person, status=Member.Status.ACTIVE).select_related(
            "company__current_name"
        )
    )
    roles = _roles(memberships, at)
    for office in offices.filter(person=person):
        yield _direct(person, office.company, office.capacity, roles)
    for member in memberships:
        if company_id in {None, member.company_id}:
            yield _direct(person, member.company, "member", roles)
    for office in offices.filter(firm__in=[member.company_id for member in memberships]):
        yield _for_firm(person, office)
    yield from _mandated(person, at, company_id)


def _direct(
    person: Person, company: Company, capacity: str, roles: dict[UUID, tuple[str, ...]]
) -> Acting:
    link = ChainLink(company.ubi, company.id)
    return Acting(person, company, capacity, (link,), roles.get(company.id, ()))


def _for_firm(person: Person, office: Officer) -> Acting:
    assert office.firm is not None  # noqa: S101  filtered by the caller
    firm = ChainLink(office.firm.ubi, office.firm.id)
    principal = ChainLink(office.company.ubi, office.company.id)
    return Acting(person, office.company, office.capacity, (firm, principal))


def _roles(memberships: list[Member], at: datetime) -> dict[UUID, tuple[str, ...]]:
    grants = MemberRole.objects.in_force(at=at).filter(member__in=memberships)
    keys: dict[UUID, tuple[str, ...]] = {}
    for company_id, key in grants.order_by("role__key").values_list(
        "member__company_id", "role__key"
    ):
        keys[company_id] = (*keys.get(company_id, ()), key)
    return keys


def _mandated(person: Person, at: datetime, company_id: UUID | None) -> Iterator[Acting]:
    """`principal` is whose powers are used; a child's grantor is its parent's delegate."""
    theirs = Q(delegate_person=person) | Q(
        delegate_member__person=person, delegate_member__status=Member.Status.ACTIVE
    )
    lent = Q(users__member__person=person, users__member__status=Member.Status.ACTIVE)
    mandates = (
        Mandate.objects.in_force(at=at)
        .filter(theirs | lent)
        .filter(Q() if company_id is None else Q(principal=company_id))
        .select_related("principal__current_name", "delegate_company")
        .select_related("parent__parent", "parent__delegate_company")
        .select_related("parent__parent__delegate_company")
        .order_by("depth", "id")
        .distinct()
    )
    for mandate in mandates:
        if chain := walk_chain(mandate, at=at):
            yield Acting(person, mandate.principal, "agent", chain)
