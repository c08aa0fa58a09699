"""The short way of machine routes: past sessions, forms, cookies and whatever else pages need.

Django has one list of middleware, and each entry costs every call, also one that only looks at
the address and lets it pass. So machine routes leave the list at this entry, and everything
below it is for pages (`make bench ARGS=empty_view` says what is left).
"""

from collections.abc import Callable
from io import BytesIO
from typing import cast

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.urls import ResolverMatch
from django.utils import translation
from django.utils.cache import patch_vary_headers

from corpid.api.call_limits import TooManyRequests, limit_address
from corpid.api.middleware import is_machine_route, refuse_control_characters
from corpid.api.plain_headers import (
    has_header,
    prepared,
    put_header,
    put_missing_headers,
)
from corpid.failures import FailurePageMiddleware, refuse_call

# An answer that some browser shows as a page loads nothing and is framed by nobody.
_HEADERS = {
    "Cache-Control": "no-store",  # unless the view says otherwise
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}

_VARY = {"Vary": "Accept-Language"}

_Answer = Callable[[HttpRequest], HttpResponseBase]


class _WayToView(BaseHandler):
    """Django's own way from an address to a view and back, with nothing in between.

    Which view an address without parameters leads to is remembered, instead of looking through
    every door of the house at each call.
    """

    def __init__(self) -> None:
        self.failures = FailurePageMiddleware(self._get_response)  # type: ignore[attr-defined]  # Django's, without a public name
        self._view_middleware: list[object] = []
        self._template_response_middleware: list[object] = []
        self._exception_middleware = [self.failures.process_exception]
        self._remembered: dict[tuple[str, str], ResolverMatch] = {}

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        key = (settings.ROOT_URLCONF, request.path_info)
        match = self._remembered.get(key)
        if match is None:
            match = super().resolve_request(request)
            if not match.args and not match.kwargs:  # so there are as many as routes
                self._remembered[key] = match
        request.resolver_match = match
        return match


class MachineRoutesMiddleware:
    def __init__(self, get_response: _Answer) -> None:
        self.get_response = get_response
        self._failures = _WayToView().failures
        self._answer = cast("_Answer", convert_exception_to_response(self._pass_on))
        self._security = SecurityMiddleware(get_response)
        self._headers = prepared(_HEADERS | _headers_of(self._security) | _VARY)
        self._languages = {
            code: ("Content-Language", code) for code, _name in settings.LANGUAGES
        }

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_machine_route(request.path):
            return self.get_response(request)
        language = _speak(request)
        response = self._answer(request)
        if has_header(response, "vary"):
            patch_vary_headers(response, ("Accept-Language",))
        put_missing_headers(response, self._headers)
        put_header(response, "content-language", self._languages[language])
        if isinstance(response, HttpResponse) and not has_header(response, "content-length"):
            length = str(len(response.content))
            put_header(response, "content-length", ("Content-Length", length))
        return response

    def _pass_on(self, request: HttpRequest) -> HttpResponseBase:
        try:
            limit_address(request)
        except TooManyRequests as error:
            return refuse_call(request, error)
        refuse_control_characters(request)
        return self._security.process_request(request) or self._failures(request)


def _headers_of(security: SecurityMiddleware) -> dict[str, str]:
    """Ask once what it adds to every answer."""
    asked = WSGIRequest(
        {"REQUEST_METHOD": "GET", "wsgi.url_scheme": "https", "wsgi.input": BytesIO()}
    )
    return dict(security.process_response(asked, HttpResponse(content_type="")).headers)


def _speak(request: HttpRequest) -> str:
    """Answer programs in the language that they ask for."""
    language: str = settings.LANGUAGE_CODE
    if "HTTP_ACCEPT_LANGUAGE" in request.META:
        language = translation.get_language_from_request(request)
    translation.activate(language)
    return language
