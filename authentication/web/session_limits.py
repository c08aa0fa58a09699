"""A sign-in ends after an hour unused and after a day in any case (NIST SP 800-63B, AAL2).

It also ends when its row was ended elsewhere: signed out of all devices, or by a caseworker.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from authentication.models import BrowserSession
from authentication.services.end_sessions import end_sessions
from authentication.services.end_unused_sessions import IN_ANY_CASE, UNUSED_FOR

SESSION_ID = "sid"
SIGNED_IN_AT = "signed_in_at"

_NOTED_EVERY = timedelta(minutes=1)


class SessionLimitsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            _keep_or_end(request, timezone.now())
        return self.get_response(request)


def _keep_or_end(request: HttpRequest, now: datetime) -> None:
    sid = request.session.get(SESSION_ID, "")
    session = BrowserSession.objects.open().filter(pk=sid).first() if sid else None
    if session is None or session.account_id != request.user.pk:
        logout(request)
    elif now - session.seen_at >= UNUSED_FOR or now - session.started_at >= IN_ANY_CASE:
        end_sessions(account=session.account, at=now, only=session.pk)
        logout(request)
    elif now - session.seen_at >= _NOTED_EVERY:
        # Reading counts as use, so a GET notes it too: about its own session, nothing else.
        BrowserSession.objects.filter(pk=session.pk).update(seen_at=now)
        request.session.modified = True  # saved again: the cookie's hour starts anew
