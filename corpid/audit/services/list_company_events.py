"""What the log holds about a company, the newest first, a page at a time.

What the company must not be told (a restriction during an inquiry) carries the fact
`may_be_told: false`; it stands in the log like everything else, and not in this list.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from corpid.audit.models import Event, Leaf


@dataclass(frozen=True, slots=True)
class Position:
    """The last event of a page: the next page begins after it."""

    recorded_at: datetime
    event_id: UUID


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """`index`: its place in the tree; None for the seconds until it is sealed."""

    event: Event
    index: int | None


@dataclass(frozen=True, slots=True)
class EventPage:
    events: list[LoggedEvent]
    next: Position | None


def list_company_events(
    *,
    company_id: UUID,
    since: datetime | None = None,
    until: datetime | None = None,
    kinds: str = "",
    after: Position | None = None,
    limit: int = 50,
) -> EventPage:
    """Give events in `[since, until)`; `kinds` is how their kinds begin (`signatures.`)."""
    found = Event.objects.filter(_told_to(company_id)).order_by("-recorded_at", "-id")
    if since is not None:
        found = found.filter(recorded_at__gte=since)
    if until is not None:
        found = found.filter(recorded_at__lt=until)
    if kinds:
        found = found.filter(kind__startswith=kinds)
    if after is not None:
        found = found.filter(
            Q(recorded_at__lt=after.recorded_at)
            | Q(recorded_at=after.recorded_at, id__lt=after.event_id)
        )
    events = list(found[: limit + 1])
    shown = events[:limit]
    last = shown[-1] if len(events) > limit else None
    return EventPage(
        events=_with_places(shown),
        next=Position(last.recorded_at, last.id) if last else None,
    )


def _told_to(company_id: UUID) -> Q:
    return Q(company_id=company_id) & ~Q(facts__contains={"may_be_told": False})


def _with_places(events: list[Event]) -> list[LoggedEvent]:
    leaves: QuerySet[Leaf, tuple[UUID, int]] = Leaf.objects.filter(
        event_id__in=[event.id for event in events]
    ).values_list("event_id", "index")
    place = dict(leaves)
    return [LoggedEvent(event, place.get(event.id)) for event in events]
