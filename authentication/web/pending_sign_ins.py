"""Which e-services this browser came from and has not gone back to yet.

The session remembers each pushed request from the first visit on, so that a person may take
their time. Chromium holds `form-action` against redirects too: a form of ours that ends, by
redirects, at the e-service needs the e-service's origin in its policy. Sign-in and the choice
of a company are such forms, so every page of this browser allows it until the request is
answered.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.http import HttpRequest, HttpResponseBase

from authentication.oidc.redirect_uri import origin_of
from authentication.services.openid.open_request import PATIENCE, OpenedRequest

SESSION_KEY = "pending_sign_ins"
_MOST = 10  # tabs


@dataclass(frozen=True, slots=True)
class Pending:
    """`came_at` is the first visit; `chose` says that the choice of a company was offered."""

    reference: str
    origin: str
    came_at: float
    chose: bool = False


def knows_request(request: HttpRequest, request_uri: str) -> bool:
    return any(pending.reference == request_uri for pending in _pending(request))


def remember_request(
    request: HttpRequest, request_uri: str, opened: OpenedRequest, *, at: datetime
) -> Pending:
    """Find what is remembered of the request; begin with its first visit."""
    pending = _pending(request)
    for known in pending:
        if known.reference == request_uri:
            return known
    began = Pending(request_uri, origin_of(opened.request.redirect_uri), at.timestamp())
    oldest = at.timestamp() - PATIENCE.total_seconds()
    others = [other for other in pending if other.came_at > oldest]
    _keep(request, [*others, began][-_MOST:])
    return began


def note_choice(request: HttpRequest, chosen: Pending) -> None:
    _keep(
        request,
        [
            replace(pending, chose=True) if pending == chosen else pending
            for pending in _pending(request)
        ],
    )


def forget_request(request: HttpRequest, request_uri: str) -> None:
    _keep(request, [other for other in _pending(request) if other.reference != request_uri])


def _pending(request: HttpRequest) -> list[Pending]:
    return [Pending(**kept) for kept in request.session.get(SESSION_KEY, ())]


def _keep(request: HttpRequest, pending: list[Pending]) -> None:
    request.session[SESSION_KEY] = [asdict(one) for one in pending]


class PendingSignInsMiddleware:
    """Allow forms to end at the e-services that this browser came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Before the view: an answer that uses the request up is not a page with a form.
        origins = {pending.origin for pending in _pending(request)} if _has(request) else set()
        response = self.get_response(request)
        if _has(request):
            origins |= {pending.origin for pending in _pending(request)}
        if origins:
            origins |= set(getattr(response, "_csp_update", {}).get("form-action", ()))
            response._csp_update = {"form-action": sorted(origins)}  # type: ignore[attr-defined]  # noqa: SLF001  django-csp's own way, as its decorators do
        return response


def _has(request: HttpRequest) -> bool:
    return hasattr(request, "session")
