"""Give an e-service a token for itself, for calls that concern no person (RFC 6749, 4.4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from authentication.oidc.authorization_request import check_resource, read_scopes
from authentication.oidc.claims import ACCESS_TOKEN_LIFE, access_token_claims, api_resource
from authentication.oidc.oauth_errors import InvalidScope
from authentication.services.openid.find_client import Client
from corpid.audit.services.record_event import record_event
from corpid.identifiers import outside_id
from corpid.keys.jws import sign_jwt
from corpid.keys.models import Purpose

# What tells about the person who signed in is not for a client on its own.
SCOPES_OF_PERSONS = frozenset({"openid", "companies"})


def grant_client_token(
    *, client: Client, parameters: Mapping[str, str], thumbprint: str, at: datetime
) -> dict[str, Any]:
    """Without `scope`, all that the client is registered for. Raises InvalidScope."""
    allowed = client.rules.scopes - SCOPES_OF_PERSONS
    check_resource(parameters.get("resource"), resource=api_resource(settings.BASE_URL))
    scopes = read_scopes(parameters.get("scope"), allowed=allowed) or tuple(sorted(allowed))
    if not scopes:
        raise InvalidScope("the client is registered for no scope of its own")
    claims = access_token_claims(
        issuer=settings.BASE_URL,
        audience=api_resource(settings.BASE_URL),
        client_id=client.client_id,
        subject=client.client_id,
        scopes=scopes,
        thumbprint=thumbprint,
        token_id=outside_id("at"),
        at=at,
    )
    token = sign_jwt(purpose=Purpose.OP, header={"typ": "at+jwt"}, claims=claims, at=at)
    record_event(
        kind="authentication.token.issued",
        at=at,
        actor=f"e-service:{client.client_id}",
        subject=f"e-service:{client.client_id}",
        facts={"scopes": scopes, "grant_type": "client_credentials"},
    )
    return {
        "access_token": token,
        "token_type": "DPoP",
        "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
        "scope": " ".join(scopes),
    }
