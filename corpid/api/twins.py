"""Requests of one key that are in flight in this process: one at a time goes on.

Thirty equal uploads would otherwise be thirty uploads, and use up their sender's places.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from corpid.errors import Conflict, gettext_noop


class RequestInProgress(Conflict):
    code = "request_in_progress"
    title = gettext_noop("The same request is still being worked on.")
    remedy = gettext_noop("Send it again with the same key in a few seconds.")


@dataclass
class _Turn:
    lock: Lock = field(default_factory=Lock)
    twins: int = 0


_turns: dict[Hashable, _Turn] = {}
_lock = Lock()


@contextmanager
def one_of_twins(name: Hashable, *, waits: timedelta) -> Iterator[None]:
    """Wait for those before; raises RequestInProgress if that takes too long."""
    with _lock:
        turn = _turns.setdefault(name, _Turn())
        turn.twins += 1
    try:
        if not turn.lock.acquire(timeout=waits.total_seconds()):
            raise RequestInProgress
        try:
            yield
        finally:
            turn.lock.release()
    finally:
        with _lock:
            turn.twins -= 1
            if not turn.twins:
                del _turns[name]
