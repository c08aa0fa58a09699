"""`POST /oauth/par` (RFC 9126)."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from authentication.api.oauth_answers import authenticated, form_of, json_answer, oauth_door
from authentication.services.openid.fresh_nonce import fresh_nonce
from authentication.services.openid.push_request import push_request


@oauth_door
def push(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    parameters = form_of(request)
    caller = authenticated(request, parameters, needs_proof=False, at=now)
    pushed = push_request(
        client=caller.client,
        parameters=parameters,
        thumbprint=caller.thumbprint or None,
        at=now,
    )
    response = json_answer(
        {"request_uri": pushed.request_uri, "expires_in": pushed.expires_in}, status=201
    )
    response["DPoP-Nonce"] = fresh_nonce(at=now)
    return response
