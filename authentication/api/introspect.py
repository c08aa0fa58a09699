"""`POST /oauth/introspect` (RFC 7662), signed where the client asks for that (RFC 9701)."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from authentication.api.oauth_answers import authenticated, form_of, json_answer, oauth_door
from authentication.oidc.introspection import MEDIA_TYPE
from authentication.services.openid.introspect_token import introspect_token
from authentication.services.openid.sign_introspection import sign_introspection


@oauth_door
def introspect(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    parameters = form_of(request)
    client = authenticated(request, parameters, needs_proof=False, at=now).client
    answer = introspect_token(client=client, parameters=parameters, at=now)
    if request.get_preferred_type(["application/json", MEDIA_TYPE]) != MEDIA_TYPE:
        response = json_answer(answer)
    else:
        signed = sign_introspection(client=client, answer=answer, at=now)
        response = HttpResponse(signed, content_type=MEDIA_TYPE)
        response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept"
    return response
