"""The REST API's place to count the calls of a client: once its token was verified.

What comes without one was counted under its address before (corpid/machine_routes.py).
"""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from corpid.api.call_limits import limit_client
from corpid.api.caller import Caller

if TYPE_CHECKING:  # DRF's views import this module, as their default throttle
    from rest_framework.views import APIView


class CallsThrottle(BaseThrottle):
    def allow_request(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002  the interface
        """Raise TooManyRequests, which knows for how long."""
        if isinstance(request.user, Caller):
            limit_client(request._request, client_id=request.user.client_id)  # noqa: SLF001  DRF's, without a public name
        return True
