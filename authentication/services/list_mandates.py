"""The mandates that a company has given, and those that it or its members have received."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from authentication.models import Company, Mandate, Person
from authentication.powers import VIEW_COMPANY
from authentication.services.check_power import check_power


@dataclass(frozen=True, slots=True)
class Mandates:
    given: tuple[Mandate, ...]
    received: tuple[Mandate, ...]


def list_mandates(*, person: Person, company: Company, at: datetime) -> Mandates:
    """List them all, ended ones too, the newest first. Raises as check_power."""
    check_power(person=person, company=company, power=VIEW_COMPANY, at=at)
    given = Q(principal=company)
    received = Q(delegate_company=company) | Q(delegate_member__company=company)
    return Mandates(_mandates(given), _mandates(received & ~given))


def _mandates(which: Q) -> tuple[Mandate, ...]:
    return tuple(
        Mandate.objects.filter(which)
        .select_related(
            "principal__current_name",
            "delegate_company__current_name",
            "delegate_person",
            "delegate_member__person",
            "parent__delegate_company__current_name",
        )
        .prefetch_related("powers")
        .order_by("-valid_from", "reference")
    )
