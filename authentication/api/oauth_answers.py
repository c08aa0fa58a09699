"""How the OAuth doors read and answer: forms in, JSON out, errors by their registered codes.

RFC 6749, sections 3.2, 5.1 and 5.2; RFC 9449, sections 5 and 8. These doors do not answer with
problem details: their clients know the standard, not us.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from authentication.oidc.oauth_errors import (
    InvalidClient,
    InvalidRequest,
    UseDPoPNonce,
    description_of,
)
from authentication.oidc.parameters import read_form
from authentication.services.openid.authenticate_client import (
    AuthenticatedClient,
    authenticate_client,
)
from authentication.services.openid.fresh_nonce import fresh_nonce
from corpid.api.call_limits import limit_client
from corpid.errors import CorpIDError, NotAvailable, TooMany

logger = logging.getLogger(__name__)

Door = Callable[[HttpRequest], HttpResponse]
_FORM = "application/x-www-form-urlencoded"


def oauth_door(door: Door) -> Door:
    """Take POST alone, and turn a failure into the JSON of RFC 6749, section 5.2."""

    @wraps(door)
    def answer(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            refusal = json_answer({"error": "invalid_request"}, status=405)
            refusal["Allow"] = "POST"
            return refusal
        try:
            return door(request)
        except CorpIDError as error:
            logger.info("%s: %s", error.code, error.detail)
            return failure_answer(error)

    return answer


def json_answer(content: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    response = HttpResponse(
        orjson.dumps(dict(content)), status=status, content_type="application/json"
    )
    response["Cache-Control"] = "no-store"
    return response


def failure_answer(error: CorpIDError) -> HttpResponse:
    """Say what was wrong; the detail is ours and tells the client's maker what to mend."""
    if isinstance(error, InvalidClient):
        status = 401
    elif isinstance(error, NotAvailable):
        status = 503
    elif isinstance(error, TooMany):
        status = 429  # RFC 6585, section 4
    else:
        status = 400
    response = json_answer(
        {
            "error": error.oauth_error
            or ("temporarily_unavailable" if status == 503 else "invalid_request"),  # noqa: PLR2004
            "error_description": description_of(error),
        },
        status=status,
    )
    for name, value in error.headers.items():
        response[name] = value
    if isinstance(error, UseDPoPNonce):
        response["DPoP-Nonce"] = fresh_nonce(at=timezone.now())
    return response


def authenticated(
    request: HttpRequest, parameters: Mapping[str, str], *, needs_proof: bool, at: datetime
) -> AuthenticatedClient:
    """Know the client, who from here on answers for the call (RFC 6749, section 3.2.1)."""
    caller = authenticate_client(
        parameters=parameters,
        proof=request.headers.get("DPoP"),
        needs_proof=needs_proof,
        path=request.path,
        address=request.META.get("REMOTE_ADDR", ""),
        at=at,
    )
    limit_client(request, client_id=caller.client.client_id)
    return caller


def form_of(request: HttpRequest) -> Mapping[str, str]:
    """Read the parameters, from the body alone (section 3.2). Raises InvalidRequest."""
    if request.content_type != _FORM:
        raise InvalidRequest(f"Content-Type must be {_FORM}")
    if request.META.get("QUERY_STRING"):
        raise InvalidRequest("parameters belong into the body")
    if "HTTP_AUTHORIZATION" in request.META:
        raise InvalidClient("private_key_jwt is the one way of client authentication")
    try:
        return read_form(request.body)
    except RequestDataTooBig as error:
        raise InvalidRequest("the body is too large") from error
