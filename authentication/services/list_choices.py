"""The companies to choose from, with what tells one from another."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authentication.models import Company, Person, Restriction
from authentication.services.describe_ways import describe_ways
from authentication.services.find_acting import find_acting


@dataclass(frozen=True, slots=True)
class Choice:
    """`capacity` is in words; `is_restricted` leaves out what must not be told."""

    company: Company
    capacity: str
    is_restricted: bool


def list_choices(*, person: Person, language: str, at: datetime) -> list[Choice]:
    """Give every company that the person may act for, once."""
    ways = find_acting(person=person, at=at)
    capacities = describe_ways(ways=ways, language=language)
    restricted = _restricted({way.company.id for way in ways}, at)
    return [
        Choice(way.company, capacities[way.company.id], way.company.id in restricted)
        for way in ways
    ]


def _restricted(company_ids: set[UUID], at: datetime) -> set[UUID]:
    standing = Restriction.objects.in_force(at=at).filter(
        subject_kind=Restriction.SubjectKind.COMPANY,
        subject_id__in=company_ids,
        may_be_told=True,
    )
    return set(standing.values_list("subject_id", flat=True))
