"""What every request passes; and which are of machines, for they go past what pages need.

A machine route answers programs: the REST API, the OAuth endpoints that are not pages, keys,
status lists, certificates' status. It carries its own credentials, so a session cookie or a
CSRF token there would be cost without meaning (corpid/machine_routes.py).
"""

import re
from collections.abc import Callable
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
)

from corpid.api.forwarded import client_of, is_within
from corpid.api.plain_headers import put_header
from corpid.protocols.trace_context import read_trace_id
from corpid.tracing import begin_trace

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_MACHINE_ROUTE = re.compile(
    r"/(?:api/|oauth/(?!authorize|end-session)|oidc/oauth/(?!authorize|end-session)|\.well-known/"
    r"|oidc/\.well-known/|pki/|status-lists|openid4vp/|openid4vci/|issuers/|credential-types/"
    r"|audit/|csc/|healthz$|readyz$|servez$|metrics$)"
)

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


ASKED_BESIDE_THE_PROXY = frozenset({"/healthz", "/readyz", "/servez", "/metrics"})


def is_machine_route(path: str) -> bool:
    return _MACHINE_ROUTE.match(path) is not None


class TraceMiddleware:
    """Give each request the id that its log lines, errors, pages and jobs carry.

    It is the caller's where `traceparent` names one. Anything else there is left alone: not
    answered, not logged.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_TRACEPARENT")
        trace_id = begin_trace(read_trace_id(given) if given else None)
        request.trace_id = trace_id  # type: ignore[attr-defined]  # ours, set here
        response = self.get_response(request)
        put_header(response, "x-trace-id", ("X-Trace-Id", trace_id))
        return response


class ForwardedMiddleware:
    """Let our own proxies say for whom they ask; drop what anybody else says of it.

    From here on REMOTE_ADDR is the client's, and only a proxy's word makes a request secure.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        peer = request.META.get("REMOTE_ADDR", "")
        forwarded_for = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        if settings.TRUSTED_PROXIES and is_within(peer, settings.TRUSTED_PROXIES):
            request.META["REMOTE_ADDR"] = client_of(
                peer, forwarded_for, proxies=settings.TRUSTED_PROXIES
            )
        else:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)


class CanonicalHostMiddleware:
    """Serve one host name only: links, cookies and passkeys are bound to it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_ours = request.META.get("HTTP_HOST") == settings.BASE_HOST  # get_host takes longer
        if (
            is_ours
            or request.path in ASKED_BESIDE_THE_PROXY
            or request.get_host() == settings.BASE_HOST
        ):
            return self.get_response(request)
        if request.method in {"GET", "HEAD"}:
            return HttpResponsePermanentRedirect(settings.BASE_URL + request.get_full_path())
        return HttpResponse(
            f"Use {settings.BASE_URL}\n", status=421, content_type="text/plain; charset=utf-8"
        )


def refuse_control_characters(request: HttpRequest) -> None:
    """Raise Http404 or BadRequest for an address that names nothing: no door thinks of NUL."""
    if _CONTROL.search(request.path):
        raise Http404("control characters in the address")
    query = request.META.get("QUERY_STRING", "")
    if query and _CONTROL.search(unquote(query)):
        raise BadRequest("control characters in the query")


class PlainAddressMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        refuse_control_characters(request)
        return self.get_response(request)


class NoStoreMiddleware:
    """Nothing shown behind a login stays in a cache (ASVS 5.0, 14.3.2)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response
