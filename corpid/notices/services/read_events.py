"""The list of events, for e-services whose firewall lets nothing in."""

from dataclasses import dataclass
from uuid import UUID

from corpid.errors import NotFound, gettext_noop
from corpid.notices.models import ServiceEvent
from corpid.notices.services.number_events import number_events


class EventNotFound(NotFound):
    code = "event_not_found"
    title = gettext_noop("No event of yours with this id is kept.")
    remedy = gettext_noop("Leave out since to begin with the oldest event that is kept.")


@dataclass(frozen=True, slots=True)
class Events:
    events: list[ServiceEvent]
    has_more: bool


def read_events(*, e_service_id: UUID, since: str | None, limit: int) -> Events:
    """List what follows the event with the id `since`, oldest first. Raises EventNotFound."""
    number_events(e_service_id=e_service_id)
    mine = ServiceEvent.objects.filter(e_service_id=e_service_id)
    after = 0
    if since is not None:
        found = mine.filter(id=since[:40]).exclude(position=None).first()
        if found is None or found.position is None:
            raise EventNotFound
        after = found.position
    rows = list(mine.filter(position__gt=after).order_by("position")[: limit + 1])
    return Events(rows[:limit], has_more=len(rows) > limit)
