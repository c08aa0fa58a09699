"""`POST /oauth/par` (RFC 9126)."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from authentication.api.oauth_answers import form_of, json_answer, oauth_door
from authentication.services.openid.authenticate_client import authenticate_client
from authentication.services.openid.demand_proof import demand_proof
from authentication.services.openid.fresh_nonce import fresh_nonce
from authentication.services.openid.push_request import push_request


@oauth_door
def push(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    parameters = form_of(request)
    client = authenticate_client(parameters=parameters, at=now)
    proof = request.headers.get("DPoP")
    thumbprint = None
    if proof is not None:
        thumbprint = demand_proof(header=proof, method="POST", path=request.path, at=now)
    pushed = push_request(client=client, parameters=parameters, thumbprint=thumbprint, at=now)
    response = json_answer(
        {"request_uri": pushed.request_uri, "expires_in": pushed.expires_in}, status=201
    )
    response["DPoP-Nonce"] = fresh_nonce(at=now)
    return response
