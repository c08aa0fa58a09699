"""Every counter and histogram of our processes.

Labels take their values from our own lists: names of routes, kinds of jobs, results. Nothing
that somebody sends us (a path, a method, a host) becomes one, and nothing personal does.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram

from corpid.meters.files import count_in

count_in(settings.METRICS_DIR)

_registry = CollectorRegistry()  # only read by way of the files

_http_requests = Counter(
    "corpid_http_requests",
    "HTTP requests answered, by the name of their route.",
    ["route", "method", "status"],
    registry=_registry,
)
_http_seconds = Histogram(
    "corpid_http_request_seconds",
    "Time from a request's arrival at the application to its answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
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


def count_request(
    *, route: str | None, method: str | None, status: int, seconds: float
) -> None:
    """`route` is a name from our own tables; None where no route took the address."""
    _http_requests.labels(
        route=route or "none",
        method=method if method in _METHODS else "other",
        status=f"{status // 100}xx",
    ).inc()
    _http_seconds.labels(route=route or "none").observe(seconds)


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
