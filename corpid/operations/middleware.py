"""Count each request by its route, with its time; close connections in a drain."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from corpid.meters.counted import count_request
from corpid.operations.draining import is_draining


class CountingMiddleware:
    """Stands before all others: what they refuse is counted too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.monotonic()
        response = self.get_response(request)
        found = request.resolver_match
        count_request(
            route=found.view_name if found is not None else None,
            method=request.method,
            status=response.status_code,
            seconds=time.monotonic() - began,
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
