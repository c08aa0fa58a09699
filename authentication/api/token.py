"""`POST /oauth/token` (RFC 6749, section 3.2; RFC 9449, section 5)."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from authentication.api.oauth_answers import authenticated, form_of, json_answer, oauth_door
from authentication.oidc import token_exchange
from authentication.oidc.oauth_errors import InvalidRequest, UnsupportedGrantType
from authentication.services.openid.exchange_code import exchange_code
from authentication.services.openid.exchange_token import exchange_token
from authentication.services.openid.fresh_nonce import fresh_nonce
from authentication.services.openid.grant_client_token import grant_client_token
from authentication.services.openid.refresh_access import refresh_access

_GRANTS = {
    "authorization_code": exchange_code,
    "refresh_token": refresh_access,
    "client_credentials": grant_client_token,
    token_exchange.GRANT_TYPE: exchange_token,
}


@oauth_door
def token(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    parameters = form_of(request)
    caller = authenticated(request, parameters, needs_proof=True, at=now)
    grant_type = parameters.get("grant_type")
    if grant_type is None:
        raise InvalidRequest("grant_type is missing")
    grant = _GRANTS.get(grant_type)
    if grant is None:
        raise UnsupportedGrantType(grant_type[:60])
    response = json_answer(
        grant(
            client=caller.client,
            parameters=parameters,
            thumbprint=caller.thumbprint,
            at=now,
        )
    )
    response["DPoP-Nonce"] = fresh_nonce(at=now)
    return response
