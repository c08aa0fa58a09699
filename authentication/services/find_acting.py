"""For whom a person may act, and in which capacity."""

from datetime import datetime

from authentication.models import Person
from authentication.services.list_ways import Acting, list_ways


def find_acting(*, person: Person, at: datetime) -> list[Acting]:
    """List every company once, in the capacity that comes first; its name is loaded."""
    ways = reversed([*list_ways(person=person, at=at)])
    firsts = {acting.company.id: acting for acting in ways}
    return sorted(firsts.values(), key=lambda acting: acting.company.ubi)
