"""Count each request by its route, with the time that it took."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from corpid.meters.counted import count_request


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
