"""In which capacities people may vote for a company now: offices and roles."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from authentication.models import Company, Member, MemberRole, Officer, Person


def find_capacities(
    *, persons: Collection[Person], company: Company, at: datetime
) -> Mapping[UUID, frozenset[str]]:
    """List each person's: offices, held alone or as staff of an officer firm; `role:signer`.

    Three queries, however many they are. Who holds none has an empty set.
    """
    active = [person.id for person in persons if person.status == Person.Status.ACTIVE]
    held: defaultdict[UUID, set[str]] = defaultdict(set)
    staff: defaultdict[UUID, set[UUID]] = defaultdict(set)  # by the firm that they work for
    members = Member.objects.filter(person__in=active, status=Member.Status.ACTIVE)
    for firm_id, person_id in members.values_list("company_id", "person_id"):
        staff[firm_id].add(person_id)
    offices = (
        Officer.objects.in_office(on=timezone.localdate(at))
        .undisputed()
        .filter(Q(person__in=active) | Q(firm__in=staff), company=company)
    )
    for person_id, firm_id, capacity in offices.values_list("person_id", "firm_id", "capacity"):
        for holder in staff.get(firm_id, {person_id}):
            held[holder].add(capacity)
    roles = MemberRole.objects.in_force(at=at).filter(
        member__person__in=active,
        member__company=company,
        member__status=Member.Status.ACTIVE,
    )
    for person_id, key in roles.values_list("member__person_id", "role__key"):
        held[person_id].add(f"role:{key}")
    return {person.id: frozenset(held[person.id]) for person in persons}
