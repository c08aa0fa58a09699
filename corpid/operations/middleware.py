"""Count each request by its route, with one line of log; close connections in a drain."""

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase

from corpid.meters.counted import count_request
from corpid.operations.draining import is_draining

_ASKED_ALL_THE_TIME = frozenset({"healthz", "servez", "readyz", "metrics"})

logger = structlog.get_logger(__name__)


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
        if route not in _ASKED_ALL_THE_TIME:
            logger.info(
                "request answered", route=route, status=status, seconds=round(seconds, 3)
            )
        return response


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
