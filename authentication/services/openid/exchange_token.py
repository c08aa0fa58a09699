"""Exchange an access token for a narrower one, for a part of the client that needs less.

1. The token is this client's own, and counts now. Another's would carry what the person agreed
   to show to that client alone.
2. It was not exchanged before: what comes of it ends with it, and that is told in one step.
3. The person may still act as they agreed to show.
4. It asks for no more than the token carries and the client is registered for.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from authentication.models import Grant
from authentication.oidc.authorization_request import read_scopes
from authentication.oidc.claims import api_resource
from authentication.oidc.oauth_errors import InvalidRequest, InvalidScope, InvalidToken
from authentication.oidc.token_exchange import (
    ACCESS_TOKEN_TYPE,
    EXCHANGED_FROM,
    exchanged_claims,
    read_subject_token,
)
from authentication.services.openid.find_agreed_authority import find_agreed_authority
from authentication.services.openid.find_client import Client
from authentication.services.openid.read_own_token import read_own_token
from authentication.services.openid.require_unrevoked import require_unrevoked
from corpid.audit.services.record_event import record_event
from corpid.identifiers import outside_id
from corpid.keys.jws import sign_jwt
from corpid.keys.models import Purpose
from corpid.protocols.jwt import Claims


@transaction.atomic
def exchange_token(
    *, client: Client, parameters: Mapping[str, str], thumbprint: str, at: datetime
) -> dict[str, Any]:
    """Return the token response (RFC 8693, section 2.2.1), bound to the key of this proof.

    Raises InvalidRequest, also for a token that is not good (section 2.2.2), InvalidTarget,
    InvalidScope.
    """
    token = read_subject_token(parameters, resource=api_resource(settings.BASE_URL))
    subject = _read(token, client, at)
    carried = tuple(scope for scope in subject["scope"].split() if scope in client.rules.scopes)
    scopes = read_scopes(parameters.get("scope"), allowed=frozenset(carried)) or carried  # 4
    if not scopes:
        raise InvalidScope("the client is registered for nothing that the token carries")
    claims = exchanged_claims(
        subject.values,
        scopes=scopes,
        thumbprint=thumbprint,
        token_id=outside_id("at"),
        at=at,
    )
    grant = subject.get("grant")
    record_event(
        kind="authentication.token.issued",
        at=at,
        actor=f"e-service:{client.client_id}",
        subject=f"grant:{grant['id']}" if grant else f"e-service:{client.client_id}",
        company_id=UUID(grant["company"]) if grant else None,
        facts={"scopes": scopes, "grant_type": "token_exchange"},
    )
    return {
        "access_token": sign_jwt(
            purpose=Purpose.OP, header={"typ": "at+jwt"}, claims=claims, at=at
        ),
        "issued_token_type": ACCESS_TOKEN_TYPE,
        "token_type": "DPoP",
        "expires_in": claims["exp"] - claims["iat"],
        "scope": " ".join(scopes),
    }


def _read(token: str, client: Client, at: datetime) -> Claims:
    try:
        claims = read_own_token(token=token, at=at)
        require_unrevoked(claims=claims, at=at)
    except InvalidToken as error:
        raise InvalidRequest(f"subject_token: {error.detail}") from error
    if claims["client_id"] != client.client_id:  # 1
        raise InvalidRequest("subject_token was given to another client")
    if EXCHANGED_FROM in claims:  # 2
        raise InvalidRequest("subject_token was exchanged before; exchange the first one")
    if "grant" in claims:
        _require_authority(UUID(claims["grant"]["id"]), at)  # 3
    return claims


def _require_authority(grant_id: UUID, at: datetime) -> None:
    grant = Grant.objects.live().with_parties().filter(id=grant_id).first()
    if grant is None or find_agreed_authority(grant=grant, at=at) is None:
        raise InvalidRequest("subject_token: what it rests on has ended")
