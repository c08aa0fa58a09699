"""So many a minute under one name: counted in each process, told to Valkey now and then.

A window slides: of the minute before, the part counts that is not yet a minute ago, so nobody
has two minutes' worth around the turn of one. Calls that are let through count, refused ones do
not: whoever is a little too fast is served at the limit.

Asking Valkey at each call would cost the honest more than their calls. So a process counts by
itself, tells Valkey each twentieth part of what is allowed, and learns in the same round trip
what all have told. In a web server a thread beside the requests does so at 50 calls, if it
comes to that before the twentieth part is reached. A caller thus gets at most a twentieth more
for each process; what is refused, or told later, costs no round trip at all. While Valkey does
not answer, each process goes on with its own count: a lost counter stops nobody, and opens
nothing.
"""

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from corpid import gathering
from corpid.one_time.epoch import valkey

logger = logging.getLogger(__name__)

_MINUTE = 60
_MOST_NAMES = 10_000  # that one process counts by itself in a minute
_PARTS = 20
_MOST_UNTOLD = 50  # calls, however many are allowed


@dataclass(slots=True)
class Tally:
    """Of one name in one minute: `known` was told to Valkey, by any of us, `untold` was not."""

    name: str
    minute: int
    before: int = 0
    known: int = 0
    untold: int = 0
    is_kept: bool = True


class Verdict(NamedTuple):
    """`wait` is zero for one that is let through, else in how many seconds one has room."""

    wait: float
    tally: Tally


class CallCounts:
    """The counts of one kind of name."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lock = threading.Lock()
        self._minute = 0
        self._before: dict[str, Tally] = {}
        self._this: dict[str, Tally] = {}
        self._due: deque[Tally] = deque()
        gathering.register_beside(self.tell_what_is_due)

    def let_through(self, name: str, allowed: int) -> Verdict:
        """Count one more under this name, unless it is one too many."""
        with self._lock:
            passed = self._turn()
            tally = self._tally(name)
            wait = _wait(tally, allowed, passed)
            if wait:
                return Verdict(wait, tally)
            tally.untold += 1
            if tally.is_kept and tally.untold < _untold_at_most(allowed):
                return Verdict(0.0, tally)
            if self._can_be_told_later(tally, allowed):
                return Verdict(0.0, tally)
            telling, tally.untold = tally.untold, 0
            tally.known += telling
        self._tell(tally, telling)
        with self._lock:
            tally.untold -= 1  # as if it had not come
            wait = _wait(tally, allowed, passed)
            if not wait:
                tally.untold += 1
        if wait and not tally.is_kept:
            self._tell(tally, -1)
        return Verdict(wait, tally)

    def _can_be_told_later(self, tally: Tally, allowed: int) -> bool:
        """Leave it to the thread beside, while that is less than the twentieth part."""
        can = tally.is_kept and gathering.is_gathering() and tally.untold < allowed // _PARTS
        if can and tally.untold == _untold_at_most(allowed):
            self._due.append(tally)
        return can

    def tell_what_is_due(self) -> None:
        while self._due:
            tally = self._due.popleft()
            with self._lock:
                telling, tally.untold = tally.untold, 0
                tally.known += telling
            if telling:
                self._tell(tally, telling)

    def take_back(self, tally: Tally) -> None:
        """Uncount one that was let through: somebody else answers for it."""
        if not tally.is_kept:
            self._tell(tally, -1)
            return
        with self._lock:
            tally.untold -= 1

    def wait(self, name: str, allowed: int) -> float:
        """Say what `let_through` would, as far as this process knows; count nothing."""
        with self._lock:
            passed = self._turn()
            if name not in self._this and name not in self._before:
                return 0.0
            return _wait(self._tally(name), allowed, passed)

    def forget(self) -> None:
        with self._lock:
            self._before, self._this, self._minute = {}, {}, 0

    def _turn(self) -> float:
        """Go on to the minute that it is, and say how much of it has passed.

        Only under the lock: a clock that was read before it may be a minute late by now. One
        that is set back a little stands still here, since turning back would wipe the counts.
        """
        minute, passed = divmod(time.time(), _MINUTE)
        if minute == self._minute - 1:
            return 0.0
        if minute != self._minute:
            self._before = self._this if minute == self._minute + 1 else {}
            self._this = {}
            self._minute = int(minute)
        return passed

    def _tally(self, name: str) -> Tally:
        tally = self._this.get(name)
        if tally is None:
            last = self._before.get(name)
            before = max(0, last.known + last.untold) if last else 0
            is_kept = len(self._this) < _MOST_NAMES
            tally = Tally(name, self._minute, before, is_kept=is_kept)
            if is_kept:
                self._this[name] = tally
        return tally

    def _tell(self, tally: Tally, telling: int) -> None:
        hidden = salted_hmac(f"calls.{self._kind}", tally.name, algorithm="sha256")
        key = f"calls:{self._kind}:{hidden.hexdigest()[:32]}"
        try:
            with valkey().pipeline(transaction=False) as steps:
                steps.get(f"{key}:{tally.minute - 1}")
                steps.incrby(f"{key}:{tally.minute}", telling)
                steps.expire(f"{key}:{tally.minute}", 2 * _MINUTE)
                before, this, _ = steps.execute()
        except RedisError as error:
            logger.warning("calls are counted by each process alone: %s", error)
            return
        with self._lock:
            tally.before = max(tally.before, int(before or 0))
            tally.known = max(tally.known, this)  # answers overtake each other


def _untold_at_most(allowed: int) -> int:
    return max(1, min(_MOST_UNTOLD, allowed // _PARTS))


def _wait(tally: Tally, allowed: int, passed: float) -> float:
    """Say in how many seconds one more has room, if nothing else is let through meanwhile."""
    before, this = tally.before, tally.known + tally.untold
    if before + this < allowed:
        return 0.0
    if before * (1 - passed / _MINUTE) + this + 1 <= allowed:
        return 0.0
    room = allowed - 1 - this  # for what is left of the minute before
    if room >= 0:
        return _MINUTE * (1 - room / before) - passed
    return _MINUTE - passed + max(0.0, _MINUTE * (1 - (allowed - 1) / max(this, 1)))
