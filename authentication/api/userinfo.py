"""`GET|POST /oauth/userinfo` (OpenID Connect Core 1.0, section 5.3)."""

import logging

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from authentication.api.access_tokens import challenge, read_access_token
from authentication.api.oauth_answers import failure_answer, json_answer
from authentication.oidc.oauth_errors import InsufficientScope, description_of
from authentication.services.openid.describe_sign_in import describe_sign_in
from corpid.api.call_limits import limit_client
from corpid.api.permissions import TokenMissing
from corpid.errors import CorpIDError, NotAllowed, NotAuthenticated

logger = logging.getLogger(__name__)


def userinfo(request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "POST"}:
        refusal = json_answer({"error": "invalid_request"}, status=405)
        refusal["Allow"] = "GET, POST"
        return refusal
    try:
        return json_answer(_claims(request))
    except CorpIDError as error:
        logger.info("%s: %s", error.code, error.detail)
        return _refusal(error)


def _claims(request: HttpRequest) -> dict[str, object]:
    now = timezone.now()
    verified = read_access_token(request, at=now)
    if verified is None:
        raise TokenMissing
    limit_client(request, client_id=verified.caller.client_id)
    if verified.grant_id is None or "openid" not in verified.caller.scopes:
        raise InsufficientScope("openid")
    return describe_sign_in(grant_id=verified.grant_id, at=now)


def _refusal(error: CorpIDError) -> HttpResponse:
    """RFC 6750, section 3.1: 401 with a challenge, or 403."""
    if not isinstance(error, NotAuthenticated | NotAllowed):
        return failure_answer(error)
    response = json_answer(
        {
            "error": error.oauth_error or "invalid_token",
            "error_description": description_of(error),
        },
        status=401 if isinstance(error, NotAuthenticated) else 403,
    )
    if isinstance(error, NotAuthenticated):
        response["WWW-Authenticate"] = challenge(error)
    for name, value in error.headers.items():
        response[name] = value
    return response
