"""Give the events that follow a size of the log, as they were hashed, each with its place.

For a past that a restore has abandoned: it is read where its end was restored elsewhere, and
whoever has the log up to that size computes the roots that follow. Events that no tree holds
yet come last, without a place.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from corpid.audit.canonical import JSON, event_content
from corpid.audit.models import Event, Leaf

_AT_A_TIME = 500
_WITHOUT_A_LEAF = """
SELECT id FROM audit.event
WHERE NOT EXISTS (SELECT FROM audit.leaf WHERE leaf.event_id = event.id)
ORDER BY recorded_at, id
"""


@dataclass(frozen=True, slots=True)
class FollowingEvent:
    index: int | None
    content: dict[str, JSON]


def export_events(*, after: int) -> Iterator[FollowingEvent]:
    """Begin with the event at the place `after`, which is the first beyond that size."""
    place = after
    while True:
        leaves = Leaf.objects.filter(index__gte=place).order_by("index")[:_AT_A_TIME]
        places = dict(leaves.values_list("event_id", "index"))
        if not places:
            break
        found = {event.id: event for event in Event.objects.filter(id__in=places)}
        for event_id, index in places.items():
            yield FollowingEvent(index, _content(found[event_id]))
        place = max(places.values()) + 1
    yield from _waiting()


def _waiting() -> Iterator[FollowingEvent]:
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT_A_LEAF)
        waiting = [row[0] for row in cursor.fetchall()]
    for start in range(0, len(waiting), _AT_A_TIME):
        part = Event.objects.filter(id__in=waiting[start : start + _AT_A_TIME])
        for event in part.order_by("recorded_at", "id"):
            yield FollowingEvent(None, _content(event))


def _content(event: Event) -> dict[str, JSON]:
    return event_content(
        event_id=event.id,
        recorded_at=event.recorded_at,
        kind=event.kind,
        actor=event.actor,
        subject=event.subject,
        company_id=event.company_id,
        facts=event.facts,
        commitments=event.commitments,
    )
