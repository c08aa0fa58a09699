"""Count each request by its route, with one line of log; close connections in a drain."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from django.http import HttpRequest, HttpResponseBase

from corpid.meters.counted import count_request
from corpid.operations.draining import is_draining
from corpid.operations.lines import leave_line

_ASKED_ALL_THE_TIME = frozenset({"healthz", "servez", "readyz", "metrics"})

logger = logging.getLogger(__name__)


class CountingMiddleware:
    """Stands before all others: what they refuse is counted too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.monotonic()
        response = self.get_response(request)
        seconds = time.monotonic() - began
        found = request.resolver_match
        route = found.view_name if found is not None else None
        status = response.status_code
        count_request(route=route, method=request.method, status=status, seconds=seconds)
        if route not in _ASKED_ALL_THE_TIME and logger.isEnabledFor(logging.INFO):
            trace_id = getattr(request, "trace_id", None)
            leave_line(_Answered(time.time(), trace_id, route, status, seconds).line)
        return response


class _Answered(NamedTuple):
    """What a line of log says; it is made where it costs the request nothing.

    So it comes by none of structlog's processors, and has the form that they give (logs.py).
    """

    at: float
    trace_id: str | None
    route: str | None
    status: int
    seconds: float

    def line(self) -> str:
        return orjson.dumps(
            {
                "route": self.route,
                "status": self.status,
                "seconds": round(self.seconds, 3),
                "event": "request answered",
                "trace_id": self.trace_id,
                "level": "info",
                "logger": __name__,
                "timestamp": datetime.fromtimestamp(self.at, UTC),
            },
            option=orjson.OPT_UTC_Z,
        ).decode()


class DrainingMiddleware:
    """Let each answer be its connection's last, so that no request is under way at the end.

    A server that closes a connection at rest may do so in the very moment in which the next
    request arrives on it; whoever sent that one can't tell whether it was done.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_draining():
            response["Connection"] = "close"
        return response
