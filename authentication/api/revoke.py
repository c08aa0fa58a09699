"""`POST /oauth/revoke` (RFC 7009)."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from authentication.api.oauth_answers import authenticated, form_of, json_answer, oauth_door
from authentication.services.openid.revoke_token import revoke_token


@oauth_door
def revoke(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    parameters = form_of(request)
    caller = authenticated(request, parameters, needs_proof=False, at=now)
    revoke_token(client=caller.client, parameters=parameters, at=now)
    return json_answer({})
