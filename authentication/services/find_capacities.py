"""In which capacities a person may vote for a company now: offices and roles."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from authentication.models import Company, Member, MemberRole, Officer, Person


def find_capacities(*, person: Person, company: Company, at: datetime) -> frozenset[str]:
    """List offices, held alone or as staff of an officer firm, and roles as `role:signer`."""
    if person.status != Person.Status.ACTIVE:
        return frozenset()
    firms = Member.objects.filter(person=person, status=Member.Status.ACTIVE).values(
        "company_id"
    )
    offices = (
        Officer.objects.in_office(on=timezone.localdate(at))
        .undisputed()
        .filter(Q(person=person) | Q(firm__in=firms), company=company)
        .values_list("capacity", flat=True)
    )
    roles = (
        MemberRole.objects.in_force(at=at)
        .filter(
            member__person=person,
            member__company=company,
            member__status=Member.Status.ACTIVE,
        )
        .values_list("role__key", flat=True)
    )
    return frozenset({*offices, *(f"role:{key}" for key in roles)})
