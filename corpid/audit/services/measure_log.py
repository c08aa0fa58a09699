"""Measure how far sealing and publishing are behind, for gauges, readiness and alarms."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from corpid.audit.models import Checkpoint, Follower
from corpid.audit.unsealed import unsealed_events

_COUNTED_AT_MOST = 100_000  # a figure beyond says enough, and costs no more


@dataclass(frozen=True, slots=True)
class LogFigures:
    """`waiting` events are not sealed; ages are of the oldest, none if nothing waits.

    `unpublished_for`: how long the head has waited for a first place to take it.
    """

    size: int
    waiting: int
    waiting_for: timedelta | None
    unpublished_for: timedelta | None
    failing: tuple[Follower, ...]


@transaction.atomic
def measure_log(*, at: datetime) -> LogFigures:
    unsealed = unsealed_events()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(recorded_at) FROM"  # noqa: S608  our own text
            f" (SELECT recorded_at {unsealed.source} LIMIT %(most)s) AS waiting",
            {**unsealed.values, "most": _COUNTED_AT_MOST},
        )
        waiting, oldest = cursor.fetchone()
    return LogFigures(
        size=unsealed.size,
        waiting=waiting,
        waiting_for=None if oldest is None else at - oldest,
        unpublished_for=_unpublished_for(at),
        failing=tuple(Follower.objects.exclude(failing_since=None).order_by("name")),
    )


def _unpublished_for(at: datetime) -> timedelta | None:
    """Find how long the oldest head has waited that is newer than what any place holds."""
    published = Checkpoint.objects.exclude(published_at=None).order_by("-size").first()
    newer = Checkpoint.objects.filter(size__gt=published.size if published else 0)
    first = newer.order_by("size").first()
    return None if first is None else at - first.signed_at
