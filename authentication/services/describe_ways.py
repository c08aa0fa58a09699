"""Say in which capacities somebody acts for many companies: for the list to choose from."""

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext

from authentication.models import Capacity, Company
from authentication.services.list_ways import Acting


def describe_ways(*, ways: Iterable[Acting], language: str) -> dict[UUID, str]:
    """Describe many with one query, by the id of the company acted for."""
    ways = list(ways)
    firms = _firm_names(
        {way.chain[0].company_id for way in ways if not way.is_direct}, language
    )
    return {way.company.id: _describe(way, firms) for way in ways}


def _describe(acting: Acting, firms: dict[UUID, str]) -> str:
    words = _capacity(acting.capacity)
    if acting.is_direct:
        return words
    firm = firms[acting.chain[0].company_id]
    return gettext("%(capacity)s, through %(firm)s") % {"capacity": words, "firm": firm}


def _capacity(capacity: str) -> str:
    if capacity == "member":
        return gettext("member of staff")
    if capacity == "agent":
        return gettext("agent under a mandate")
    return str(Capacity(capacity).label)


def _firm_names(ids: set[UUID], language: str) -> dict[UUID, str]:
    firms = Company.objects.named().filter(pk__in=ids) if ids else ()
    return {firm.id: firm.name_in(language) for firm in firms}
