"""A company's officers, as the register names them, and its members with their roles."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from authentication.models import Company, Member, MemberRole, Officer, Person, Role
from authentication.powers import VIEW_COMPANY
from authentication.services.check_power import check_power


@dataclass(frozen=True, slots=True)
class People:
    officers: tuple[Officer, ...]
    members: tuple[tuple[Member, tuple[Role, ...]], ...]


def list_people(*, person: Person, company: Company, at: datetime) -> People:
    """List who is in office, and every member who has not left. Raises as check_power."""
    check_power(person=person, company=company, power=VIEW_COMPANY, at=at)
    officers = (
        Officer.objects.in_office(on=timezone.localdate(at))
        .filter(company=company)
        .select_related("person", "firm__current_name")
        .order_by("capacity", "appointed_on")
    )
    members = (
        Member.objects.filter(company=company)
        .exclude(status=Member.Status.LEFT)
        .select_related("person")
        .order_by("person__name_en", "person__name_tc")
    )
    roles = _roles(company, at)
    return People(
        tuple(officers), tuple((member, roles.get(member.id, ())) for member in members)
    )


def _roles(company: Company, at: datetime) -> dict[UUID, tuple[Role, ...]]:
    grants = (
        MemberRole.objects.in_force(at=at)
        .filter(member__company=company)
        .select_related("role")
        .order_by("role__key")
    )
    roles: dict[UUID, tuple[Role, ...]] = {}
    for grant in grants:
        roles[grant.member_id] = (*roles.get(grant.member_id, ()), grant.role)
    return roles
