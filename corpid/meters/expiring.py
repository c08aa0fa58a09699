"""What has to be gone at some time: each kind tells since when its oldest row should be.

What expires is purged; a purge that has stopped shows as an age that grows. An app registers
each kind in AppConfig.ready (the lesson of a store that kept for years what was to be deleted).
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

DueSince = Callable[[datetime], datetime | None]

_kinds: dict[str, DueSince] = {}


def register_expiring(name: str, due_since: DueSince) -> None:
    """`due_since` gets the time and gives the moment its oldest due row fell due, if any."""
    if name in _kinds:
        raise ValueError(f"two kinds of what expires are called {name}")
    _kinds[name] = due_since


def expiring_kinds() -> tuple[str, ...]:
    return tuple(_kinds)


def measure_overdue(at: datetime) -> Mapping[str, timedelta]:
    """Tell for each kind how long its oldest row has been due to go; zero if none is."""
    return {
        name: max(at - due, timedelta(0))
        if (due := due_since(at)) is not None
        else timedelta(0)
        for name, due_since in _kinds.items()
    }
