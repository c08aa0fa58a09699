"""A page of the log's events, the newest first: each with its place in the tree."""

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


def read_page(
    among: QuerySet[Event],
    *,
    since: datetime | None,
    until: datetime | None,
    kinds: str,
    after: Position | None,
    limit: int,
) -> EventPage:
    """Read those in `[since, until)` whose kinds begin with `kinds`, from `after` on."""
    found = among.order_by("-recorded_at", "-id")
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


def _with_places(events: list[Event]) -> list[LoggedEvent]:
    leaves: QuerySet[Leaf, tuple[UUID, int]] = Leaf.objects.filter(
        event_id__in=[event.id for event in events]
    ).values_list("event_id", "index")
    place = dict(leaves)
    return [LoggedEvent(event, place.get(event.id)) for event in events]
