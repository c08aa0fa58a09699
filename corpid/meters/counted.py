"""Every counter and histogram of our processes.

Labels take their values from our own lists: names of routes, kinds of jobs, results. Nothing
that somebody sends us (a path, a method, a host) becomes one, and nothing personal does.
"""

import os
import time
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram

from corpid import gathering
from corpid.meters.files import count_in

count_in(settings.METRICS_DIR)

_registry = CollectorRegistry()  # only read by way of the files

_http_requests = Counter(
    "corpid_http_requests",
    "HTTP requests answered, by the name of their route.",
    ["route", "method", "status"],
    registry=_registry,
)
HTTP_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_http_seconds = Histogram(
    "corpid_http_request_seconds",
    "Time from a request's arrival at the application to its answer.",
    ["route"],
    buckets=HTTP_BOUNDS,
    registry=_registry,
)
_job_attempts = Counter(
    "corpid_job_attempts",
    "Attempts at jobs that ended, by how.",
    ["kind", "outcome"],
    registry=_registry,
)
_job_seconds = Histogram(
    "corpid_job_attempt_seconds",
    "Time that an attempt at a job took.",
    ["kind"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
    registry=_registry,
)
_outbound_calls = Counter(
    "corpid_outbound_calls",
    "Calls to other parties, by what they are for and what came of them.",
    ["purpose", "outcome"],
    registry=_registry,
)
_outbound_seconds = Histogram(
    "corpid_outbound_call_seconds",
    "Time that a call to another party took.",
    ["purpose"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_registry,
)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class AttemptOutcome(StrEnum):
    DONE = "done"
    FAILED = "failed"  # refused with a known code: never tried again
    DEAD = "dead"  # its last attempt
    RETRIED = "retried"
    WAITED = "waited"  # a part of ours was away
    LOST = "lost"  # another worker took it over


class CallPurpose(StrEnum):
    """What we call other parties for."""

    WEBHOOK = "webhook"
    REGISTER = "register"
    STATUS_LIST = "status_list"
    PRESENTATION_REQUEST = "presentation_request"
    PRESENTATION_ANSWER = "presentation_answer"
    DEMONSTRATION = "demonstration"


class _Request(NamedTuple):
    route: str | None
    method: str | None
    status: int
    seconds: float


_MOST_WAITING = 10_000  # then whoever comes next counts them, where nobody else does

_waiting: deque[_Request] = deque()


class _Turn:
    """Of whoever counts what waits, so that a reader who asks for it knows that it is done."""

    lock = Lock()


def count_request(
    *, route: str | None, method: str | None, status: int, seconds: float
) -> None:
    """`route` is a name from our own tables; None where no route took the address."""
    _waiting.append(_Request(route, method, status, seconds))
    if not gathering.is_gathering() or len(_waiting) > _MOST_WAITING:
        count_what_waits()


def count_what_waits() -> None:
    """Add once to each figure, for all that wait: each addition takes a lock of all threads."""
    with _Turn.lock:
        answered: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        seconds: defaultdict[str, list[float]] = defaultdict(list)
        while _waiting:
            request = _waiting.popleft()
            route = request.route or "none"
            method = request.method if request.method in _METHODS else "other"
            answered[route, method or "other", f"{request.status // 100}xx"] += 1
            seconds[route].append(request.seconds)
        for labels, count in answered.items():
            _http_requests.labels(*labels).inc(count)
        for route, observed in seconds.items():
            _observe(_http_seconds.labels(route), observed)


def _observe(histogram: Histogram, observed: list[float]) -> None:
    """Do what `observe` does for each of them; the library has no way to observe several."""
    in_bucket: defaultdict[int, int] = defaultdict(int)
    for each in observed:
        in_bucket[bisect_left(HTTP_BOUNDS, each)] += 1  # a bound counts what equals it
    histogram._sum.inc(sum(observed))  # noqa: SLF001  as said above
    for bucket, count in in_bucket.items():
        histogram._buckets[bucket].inc(count)  # noqa: SLF001  as said above


def _be_a_child() -> None:
    """Leave to the parent what it has to count."""
    _waiting.clear()
    _Turn.lock = Lock()


gathering.register(count_what_waits)
os.register_at_fork(after_in_child=_be_a_child)


def count_attempt(*, kind: str, outcome: AttemptOutcome, seconds: float) -> None:
    _job_attempts.labels(kind=kind, outcome=outcome.value).inc()
    _job_seconds.labels(kind=kind).observe(seconds)


class Call:
    """One call to another party; whoever makes it says what came of it."""

    outcome = "unexpected"  # unless something better is said


@contextmanager
def counting_call(purpose: CallPurpose) -> Iterator[Call]:
    call, began = Call(), time.monotonic()
    try:
        yield call
    finally:
        _outbound_calls.labels(purpose=purpose.value, outcome=call.outcome).inc()
        _outbound_seconds.labels(purpose=purpose.value).observe(time.monotonic() - began)
