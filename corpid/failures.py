"""Errors become pages here: what happened, what to do next, and a trace id.

A page's view raises a CorpIDError and lets it go; nobody catches one to draw a page. Machine
routes get problem details (RFC 9457) instead, the same as from a REST view.
"""

import logging
import sys
from collections.abc import Callable, Iterator

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import render
from django.template import loader
from django.utils.translation import get_language, gettext, gettext_lazy

from corpid.api.middleware import ASKED_BESIDE_THE_PROXY, is_machine_route
from corpid.errors import CorpIDError, Malformed, NotAllowed, gettext_noop
from corpid.problems import (
    MethodNotAllowed,
    RequestMalformed,
    ThingNotFound,
    error_of,
    problem_of,
    sentence_of,
    status_of,
)
from corpid.restores.services.require_finished_restore import (
    RestoreNotFinished,
    require_finished_restore,
)

logger = logging.getLogger(__name__)

# RFC 6749, section 5.2, and what took its form over.
_ANSWER_LIKE_OAUTH = ("/oauth/", "/oidc/oauth/", "/openid4vp/", "/openid4vci/", "/csc/")

UNEXPECTED_TITLE = gettext_lazy("Something went wrong on our side.")
UNEXPECTED_REMEDY = gettext_lazy(
    "Nothing was half-done. Try again in a minute; if it stays, tell us the trace id below."
)


class FormNotFromHere(NotAllowed):
    code = "form_not_from_here"
    title = gettext_noop("This form is too old, or did not come from this site.")
    remedy = gettext_noop("Go back, reload the page and send it again; allow cookies.")


class FailurePageMiddleware:
    """Answer a CorpIDError that a page's view let go; none runs before a restore is finished.

    It stands next to the views, of pages and of machines alike: no door is forgotten.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _is_open_to_all(request.path):
            try:
                require_finished_restore()
            except RestoreNotFinished as error:
                return _answer(request, error)
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            page = _answer(request, MethodNotAllowed(f"{request.method} is not allowed"))
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not isinstance(exception, CorpIDError):
            return None  # Django's own go to the handlers below
        logger.info("%s: %s", exception.code, exception.detail)
        return _answer(request, exception)


def _is_open_to_all(path: str) -> bool:
    """Say whether it is served before a restore is finished: it reads no row of anybody's."""
    return path in ASKED_BESIDE_THE_PROXY or path.startswith("/problems/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, error_of(exception) or RequestMalformed(str(exception)))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    error = error_of(exception)
    assert error is not None  # noqa: S101  PermissionDenied is in the table of problems
    return _answer(request, error)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    error = error_of(exception) if isinstance(exception, CorpIDError) else None
    return _answer(request, error or ThingNotFound(str(exception)))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(request, FormNotFromHere(reason))


def server_error(request: HttpRequest) -> HttpResponse:
    """Draw the page without the request: no query, no session, whatever it was that broke.

    While the database is away (it restarts, or hands over) the answer says to come back.
    """
    is_away = _is_of_an_absent_database(sys.exc_info()[1])
    status = 503 if is_away else 500
    if is_machine_route(request.path):
        answer: HttpResponse = JsonResponse(
            {
                "type": "about:blank",
                "title": str(UNEXPECTED_TITLE),
                "status": status,
                "detail": str(UNEXPECTED_REMEDY),
                "code": "unexpected",
                "trace_id": _trace_id(request),
            },
            status=status,
            content_type="application/problem+json",
        )
    else:
        page = loader.get_template("failures/failure.html").render(
            {
                "title": UNEXPECTED_TITLE,
                "remedy": UNEXPECTED_REMEDY,
                "trace_id": _trace_id(request),
                "LANGUAGE_CODE": get_language(),
            }
        )
        answer = HttpResponse(page, status=status)
    if is_away:
        answer["Retry-After"] = "2"
    return answer


def _is_of_an_absent_database(failure: BaseException | None) -> bool:
    """Tell that the connection broke; at times psycopg2 says so by the bare parent class."""
    is_bare = type(failure) is DatabaseError  # its other children are faults of a statement
    return is_bare or isinstance(failure, OperationalError | InterfaceError)


def problem(request: HttpRequest, code: str) -> HttpResponse:
    """Explain one error code: the page that the `type` of a problem leads to."""
    error = _errors_by_code().get(code)
    if error is None:
        raise Http404(code)
    context = {
        "code": code,
        "title": gettext(error.title),
        "remedy": gettext(error.remedy),
        "status": status_of(error),
        "oauth_error": error.oauth_error,
    }
    return render(request, "failures/problem.html", context)


def _errors_by_code() -> dict[str, type[CorpIDError]]:
    return {error.code: error for error in every_error(CorpIDError) if "code" in vars(error)}


def every_error(kind: type[CorpIDError]) -> Iterator[type[CorpIDError]]:
    for error in kind.__subclasses__():
        yield error
        yield from every_error(error)


def refuse_call(request: HttpRequest, error: CorpIDError) -> HttpResponse:
    """Refuse a machine route's call before its door saw it, in the way of that door."""
    if request.path.startswith("/pki/"):
        answer = HttpResponse(
            f"{error.title}\n",
            status=status_of(error),
            content_type="text/plain; charset=utf-8",
            headers=error.headers,
        )
    elif request.path.startswith(_ANSWER_LIKE_OAUTH):
        answer = JsonResponse(
            {"error": error.oauth_error, "error_description": error.title},
            status=status_of(error),
            headers=error.headers,
        )
    else:
        answer = _answer(request, error)
    return answer


def _answer(request: HttpRequest, error: CorpIDError) -> HttpResponse:
    trace_id = _trace_id(request)
    if is_machine_route(request.path):
        return JsonResponse(
            problem_of(error, trace_id=trace_id),
            status=status_of(error),
            content_type="application/problem+json",
            headers=error.headers,
        )
    context = {
        "title": gettext(error.title),
        "remedy": gettext(error.remedy),
        "details": [sentence_of(found) for found in error.field_errors],
        "code": error.code,
        "trace_id": trace_id,
        "can_retry": not isinstance(error, Malformed),
    }
    page = render(request, "failures/failure.html", context, status=status_of(error))
    for name, value in error.headers.items():
        page[name] = value
    return page


def _trace_id(request: HttpRequest) -> str:
    return getattr(request, "trace_id", "")
