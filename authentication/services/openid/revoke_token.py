"""Take back a token that the client needs no longer, or has lost (RFC 7009).

A refresh token goes with its grant and every access token of it; an access token goes alone.
What is unknown, expired or another client's is left alone, and answered just the same (section
2.2): nobody learns here whether a token that was found somewhere is good.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from authentication.models import Grant, RevokedAccessToken
from authentication.oidc.oauth_errors import InvalidRequest, InvalidToken
from authentication.services.openid.end_grants import end_grants
from authentication.services.openid.find_client import Client
from authentication.services.openid.read_own_token import read_own_token
from authentication.services.openid.require_unrevoked import REVOKED
from corpid.audit.services.record_event import record_event


@transaction.atomic
def revoke_token(*, client: Client, parameters: Mapping[str, str], at: datetime) -> None:
    """Raise InvalidRequest where there is no token; `token_type_hint` is not needed."""
    token = parameters.get("token")
    if token is None:
        raise InvalidRequest("token is missing")
    grants = Grant.objects.filter(
        refresh_token_hash=hashlib.sha256(token.encode()).digest(),
        session__e_service=client.e_service_id,
    )
    actor = f"e-service:{client.client_id}"
    ended = end_grants(grants=grants, ending=Grant.Ending.REVOKED, at=at, actor=actor)
    if not ended:
        _revoke_access_token(token, client, at)
    transaction.on_commit(REVOKED.clear)


def _revoke_access_token(token: str, client: Client, at: datetime) -> None:
    try:
        claims = read_own_token(token=token, at=at)
    except InvalidToken:
        return  # not a token, or expired: there is nothing left to take back
    if claims["client_id"] != client.client_id:
        return
    _, is_new = RevokedAccessToken.objects.get_or_create(
        token_id=claims["jti"],
        defaults={
            "revoked_at": at,
            "expires_at": datetime.fromtimestamp(claims["exp"], UTC),
        },
    )
    if is_new:
        grant = claims.get("grant")
        record_event(
            kind="authentication.token.revoked",
            at=at,
            actor=f"e-service:{client.client_id}",
            subject=f"grant:{grant['id']}" if grant else f"e-service:{client.client_id}",
            company_id=UUID(grant["company"]) if grant else None,
        )
