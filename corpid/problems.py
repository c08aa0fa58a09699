"""Errors become answers here, and only here: RFC 9457 problem details and the HTTP status."""

import logging
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.utils.translation import gettext
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from corpid import errors
from corpid.errors import CorpIDError, FieldError, gettext_noop
from corpid.protocols.json_pointer import json_pointer

logger = logging.getLogger(__name__)

STATUS_OF_KIND: dict[type[CorpIDError], int] = {
    errors.Malformed: 400,
    errors.NotAuthenticated: 401,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.Unsupported: 415,
    errors.Invalid: 422,
    errors.TooMany: 429,
    errors.NotAvailable: 503,
    errors.PartAway: 503,
    errors.SwitchedOff: 503,
    errors.NoRoom: 507,  # RFC 4918, section 11.5
}


class InputInvalid(errors.Invalid):
    code = "input_invalid"
    title = gettext_noop("Some of the input is not as it must be.")
    remedy = gettext_noop("Correct the fields listed under errors and send it again.")


class ThingNotFound(errors.NotFound):
    code = "not_found"
    title = gettext_noop("There is nothing here for you.")
    remedy = gettext_noop("Check the address and the company that you act for.")


class MethodNotAllowed(errors.Unsupported):
    code = "method_not_allowed"
    title = gettext_noop("This address does not take that method.")
    remedy = gettext_noop("Use one of the methods in the Allow header.")


class MediaTypeNotTaken(errors.Unsupported):
    code = "media_type_not_taken"
    title = gettext_noop("This call does not take that media type.")
    remedy = gettext_noop("Send application/json unless the reference says otherwise.")


class AnswerNotAcceptable(errors.Unsupported):
    code = "answer_not_acceptable"
    title = gettext_noop("We can't answer in a media type that you accept.")
    remedy = gettext_noop("Accept application/json.")


class RequestMalformed(errors.Malformed):
    code = "request_malformed"
    title = gettext_noop("The request can't be read.")
    remedy = gettext_noop("Check the request against the reference.")


class ActNotAllowed(errors.NotAllowed):
    code = "not_allowed"
    title = gettext_noop("You may not do this.")
    remedy = gettext_noop("Ask your company's administrator for the power that this needs.")


class RequestTooLarge(errors.TooLarge):
    code = "request_too_large"
    title = gettext_noop("The request is too large.")
    remedy = gettext_noop("Send less at once; the reference names the limit of each call.")


_STATUS_OF_ERROR: dict[type[CorpIDError], int] = {
    MethodNotAllowed: 405,
    AnswerNotAcceptable: 406,
}

_OF_FRAMEWORK: list[tuple[type[Exception], type[CorpIDError]]] = [
    (Http404, ThingNotFound),
    (PermissionDenied, ActNotAllowed),
    (RequestDataTooBig, RequestTooLarge),
    (SuspiciousOperation, RequestMalformed),
    (drf.ParseError, RequestMalformed),
    (drf.MethodNotAllowed, MethodNotAllowed),
    (drf.UnsupportedMediaType, MediaTypeNotTaken),
    (drf.NotAcceptable, AnswerNotAcceptable),
    (drf.NotFound, ThingNotFound),
    (drf.PermissionDenied, ActNotAllowed),
]

# What a code of a field says, whoever found the fault: a library's own words are in English,
# and change with its version. Codes that are not here bring words of their own, marked where
# they are raised.
WORDS_OF_CODE: dict[str, str] = {
    "required": gettext_noop("This is needed."),
    "missing": gettext_noop("This is needed."),
    "null": gettext_noop("This can't be null."),
    "blank": gettext_noop("This can't be empty."),
    "empty": gettext_noop("This can't be empty."),
    "invalid": gettext_noop("This is not of the kind that is expected here."),
    "invalid_choice": gettext_noop("This is none of the choices; the reference lists them."),
    "not_a_list": gettext_noop("This must be a list."),
    "not_a_dict": gettext_noop("This must be an object."),
    "max_length": gettext_noop("This is too long."),
    "max_string_length": gettext_noop("This is too long."),
    "min_length": gettext_noop("This is too short."),
    "max_value": gettext_noop("This is too large."),
    "max_digits": gettext_noop("This has too many digits."),
    "max_whole_digits": gettext_noop("This is too large."),
    "max_decimal_places": gettext_noop("This has too many decimal places."),
    "min_value": gettext_noop("This is too small."),
    "date": gettext_noop("A moment is needed here, not a date alone."),
    "datetime": gettext_noop("A date alone is needed here, not a moment."),
    "make_aware": gettext_noop("This moment does not exist in its time zone."),
    "overflow": gettext_noop("This lies outside the times that we can reckon with."),
    "no_name": gettext_noop("The file has no name."),
    "null_characters_not_allowed": gettext_noop("NUL can't stand in a text."),
    "surrogate_characters_not_allowed": gettext_noop("This holds half of a character."),
    "unknown_field": gettext_noop("There is no such field; check its spelling."),
    "unknown_claim": gettext_noop("The type of licence describes no such claim."),
    "claim_not_yours": gettext_noop("We write this claim ourselves; leave it out."),
    "another_company": gettext_noop("This names another company than the holder."),
    "address_missing": gettext_noop("An address is needed: address_en, address_tc or both."),
    "slug_malformed": gettext_noop(
        "Small letters from a to z, digits and hyphens, up to 50, without a hyphen at an end."
    ),
    "locale_not_its_own": gettext_noop("Each text names its language once, as locale."),
    "not_a_path": gettext_noop("A path is made of names, null and whole numbers from 0."),
    "path_repeated": gettext_noop("Another claim has this path already."),
    "claim_never_hidden": gettext_noop("This claim can't be hidden: its sd is never."),
    "malformed": gettext_noop("This is not written as it must be."),
    "schema": gettext_noop("This does not fit the schema."),
    "not_a_schema": gettext_noop("This is not JSON Schema 2020-12."),
    "reference_outside": gettext_noop("A schema refers to nothing outside itself."),
    "too_deep": gettext_noop("Nested too deep."),
}


def status_of(error: CorpIDError | type[CorpIDError]) -> int:
    """Say which HTTP status answers this failure."""
    failure = error if isinstance(error, type) else type(error)
    for cls in failure.__mro__:
        status = _STATUS_OF_ERROR.get(cls) or STATUS_OF_KIND.get(cls)
        if status:
            return status
    raise TypeError(f"{failure.__name__} descends from no kind of corpid.errors")


def problem_of(error: CorpIDError, *, trace_id: str) -> dict[str, Any]:
    """Make the problem details object (RFC 9457, section 3) in the active language."""
    problem: dict[str, Any] = {
        "type": f"{settings.BASE_URL}/problems/{error.code}",
        "title": gettext(error.title),
        "status": status_of(error),
        "detail": gettext(error.remedy),
        "code": error.code,
        "trace_id": trace_id,
    }
    if error.field_errors:
        problem["errors"] = [
            {"pointer": found.pointer, "code": found.code, "detail": sentence_of(found)}
            for found in error.field_errors
        ]
    return problem


def sentence_of(found: FieldError) -> str:
    """Say in the active language what is wrong with a field."""
    return gettext(WORDS_OF_CODE.get(found.code) or found.detail or WORDS_OF_CODE["invalid"])


def _field_errors(detail: Any, pointer: str = "") -> Iterator[FieldError]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else json_pointer(str(name))
            yield from _field_errors(inner, pointer + step)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            is_leaf = not isinstance(inner, (dict, list))
            yield from _field_errors(inner, pointer if is_leaf else f"{pointer}/{index}")
    else:
        yield FieldError(pointer, getattr(detail, "code", "invalid"), str(detail))


def error_of(exception: Exception) -> CorpIDError | None:
    """Find our word for what a framework raised; None if nobody anticipated it."""
    if isinstance(exception, CorpIDError):
        return exception
    if isinstance(exception, drf.ValidationError):
        return InputInvalid(field_errors=tuple(_field_errors(exception.detail)))
    for framework_error, ours in _OF_FRAMEWORK:
        if isinstance(exception, framework_error):
            return ours(str(exception))
    return None


def answer_exception(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Answer a REST view's exception (the EXCEPTION_HANDLER of DRF)."""
    error = error_of(exception)
    if error is None:
        return None
    set_rollback()
    request = context["request"]
    trace_id = getattr(request, "trace_id", "")
    logger.info("%s: %s", error.code, error.detail)
    response = Response(
        problem_of(error, trace_id=trace_id),
        status=status_of(error),
        content_type="application/problem+json",
    )
    if isinstance(error, errors.NotAuthenticated):
        response["WWW-Authenticate"] = "DPoP"
    for name, value in error.headers.items():
        response[name] = value
    return response
