"""What has to be gone at some time: each kind tells since when its oldest row should be.

What expires is purged; a purge that has stopped shows as an age that grows (the lesson of a
store that kept for years what was to be deleted). An app registers each kind in its AppConfig.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Manager, Min, QuerySet

DueSince = Callable[[datetime], datetime | None]

_kinds: dict[str, DueSince] = {}


def register_expiring(name: str, due_since: DueSince) -> None:
    """`due_since` gets the time and gives the moment its oldest due row fell due, if any."""
    if name in _kinds:
        raise ValueError(f"two kinds of what expires are called {name}")
    _kinds[name] = due_since


def expiring_kinds() -> tuple[str, ...]:
    return tuple(_kinds)


def oldest_due(
    rows: QuerySet[Any] | Manager[Any],
    field: str,
    *,
    at: datetime,
    kept_for: timedelta = timedelta(),
) -> datetime | None:
    """Find since when the oldest row should be gone: `kept_for` after the field's moment."""
    oldest: datetime | None = rows.aggregate(oldest=Min(field))["oldest"]
    if oldest is None or oldest + kept_for > at:
        return None
    return oldest + kept_for


def measure_overdue(at: datetime) -> Mapping[str, timedelta]:
    """Tell for each kind how long its oldest row has been due to go; zero if none is."""
    return {name: at - min(due_since(at) or at, at) for name, due_since in _kinds.items()}
