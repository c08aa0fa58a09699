"""So many calls a minute, of one client or of one address that shows no token.

The counters are in Valkey, one for all web servers. A window slides: of the minute before, the
part counts that is not yet a minute ago, so nobody has two minutes' worth around the turn of
one. While Valkey does not answer, each process holds callers to the limit by its own count: a
lost counter stops nobody, and opens nothing.
"""

import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from corpid.api.caller import Caller
from corpid.api.forwarded import block_of
from corpid.one_time.epoch import valkey

if TYPE_CHECKING:  # DRF's views import this module, as their default throttle
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

_MINUTE = 60
_MOST_COUNTED = 10_000  # names that one process counts by itself


class CallsThrottle(BaseThrottle):
    """DRF makes one for each call, so it may remember how long this one has to wait."""

    def __init__(self) -> None:
        self._wait = 0.0

    def allow_request(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002  the interface
        name, allowed = _counter_of(request)
        minute, passed = divmod(time.time(), _MINUTE)
        before, this = _count(name, int(minute))
        if before * (1 - passed / _MINUTE) + this <= allowed:
            return True
        _take_back(name, int(minute))
        self._wait = _wait(before, this - 1, allowed, passed)
        return False

    def wait(self) -> float:
        return self._wait


def _counter_of(request: Request) -> tuple[str, int]:
    if isinstance(request.user, Caller):
        return f"client:{request.user.client_id}", settings.CALLS_A_MINUTE_OF_A_CLIENT
    block = block_of(str(request.META.get("REMOTE_ADDR", "")))
    hidden = salted_hmac("calls.address", block, algorithm="sha256").hexdigest()[:32]
    return f"address:{hidden}", settings.CALLS_A_MINUTE_OF_AN_ADDRESS


def _wait(before: int, this: int, allowed: int, passed: float) -> float:
    """Say in how many seconds one more has room, if nothing else is let through meanwhile."""
    room = allowed - 1 - this  # for what is left of the minute before
    if room >= 0:
        return _MINUTE * (1 - room / before) - passed
    return _MINUTE - passed + max(0.0, _MINUTE * (1 - (allowed - 1) / max(this, 1)))


def _take_back(name: str, minute: int) -> None:
    """Uncount one that was refused: whoever is a little too fast is served at the limit."""
    try:
        valkey().decr(f"calls:{name}:{minute}")
    except RedisError:  # said when it was counted
        _own_count.take_back(name)


def _count(name: str, minute: int) -> tuple[int, int]:
    """Count one more; give how many there were in the minute before, and in this one."""
    try:
        with valkey().pipeline(transaction=False) as steps:
            steps.get(f"calls:{name}:{minute - 1}")
            steps.incr(f"calls:{name}:{minute}")
            steps.expire(f"calls:{name}:{minute}", 2 * _MINUTE)
            before, this, _ = steps.execute()
    except RedisError as error:
        logger.warning("calls are counted by each process alone: %s", error)
        return _own_count.add(name, minute)
    return int(before or 0), int(this)


class OwnCount:
    """This process's, of two minutes; it forgets the rest and never grows beyond a bound."""

    def __init__(self) -> None:
        self._minute = 0
        self._before: Counter[str] = Counter()
        self._this: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str, minute: int) -> tuple[int, int]:
        with self._lock:
            if minute != self._minute:
                self._before = self._this if minute == self._minute + 1 else Counter()
                self._this = Counter()
                self._minute = minute
            if name in self._this or len(self._this) < _MOST_COUNTED:
                self._this[name] += 1
            return self._before[name], self._this[name]

    def take_back(self, name: str) -> None:
        with self._lock:
            if self._this[name] > 0:
                self._this[name] -= 1


_own_count = OwnCount()
