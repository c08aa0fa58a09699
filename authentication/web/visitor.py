"""Who knocks: the address, the browser, and whether it has signed in to this account before."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from authentication.tries import Visitor

COOKIE = "__Host-known" if settings.IS_HTTPS else "known"
_KEPT_FOR = timedelta(days=180)
_SALT = "known-browser"


def visitor_of(request: HttpRequest, *, email: str) -> Visitor:
    return Visitor(
        address=client_address(request),
        known_browser=_known_browser(request, email),
        agent=request.headers.get("User-Agent", ""),
    )


def client_address(request: HttpRequest) -> str:
    """Give the address, as ForwardedMiddleware found it."""
    return str(request.META.get("REMOTE_ADDR", ""))


def remember_browser(response: HttpResponseBase, *, email: str) -> None:
    """Let this browser's own failures at this account be counted apart from strangers'."""
    value = signing.dumps([_name(email), get_random_string(22)], salt=_SALT)
    response.set_cookie(
        COOKIE,
        value,
        max_age=_KEPT_FOR,
        httponly=True,
        secure=settings.IS_HTTPS,
        samesite="Lax",
    )


def _known_browser(request: HttpRequest, email: str) -> str:
    try:
        name, browser = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_KEPT_FOR
        )
    except signing.BadSignature:
        return ""
    return browser if constant_time_compare(name, _name(email)) else ""


def _name(email: str) -> str:
    return salted_hmac(_SALT, email.lower(), algorithm="sha256").hexdigest()
