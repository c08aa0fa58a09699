"""Tell a client whether a token of its own still counts, and what for (RFC 7662).

The one resource that takes our tokens is our API, which needs not ask. So whoever asks is a
client, and of another client's token it learns no more than of nonsense.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from authentication.models import Grant
from authentication.oidc.introspection import (
    NOT_ACTIVE,
    tell_access_token,
    tell_refresh_token,
)
from authentication.oidc.oauth_errors import (
    InvalidGrant,
    InvalidRequest,
    InvalidToken,
    UnauthorizedClient,
)
from authentication.services.openid.find_agreed_authority import find_agreed_authority
from authentication.services.openid.find_client import Client
from authentication.services.openid.find_refreshable import find_refreshable
from authentication.services.openid.read_own_token import read_own_token
from authentication.services.openid.require_unrevoked import require_unrevoked


@transaction.atomic
def introspect_token(
    *, client: Client, parameters: Mapping[str, str], at: datetime
) -> Mapping[str, Any]:
    """Raise InvalidRequest where there is no token; `token_type_hint` is not needed."""
    token = parameters.get("token")
    if token is None:
        raise InvalidRequest("token is missing")
    return (
        _tell_refresh_token(token, client, at) or _tell_access_token(token, client, at)
    ) or NOT_ACTIVE


def _tell_refresh_token(token: str, client: Client, at: datetime) -> dict[str, Any] | None:
    try:
        found = find_refreshable(client=client, refresh_token=token, at=at)
    except (InvalidGrant, UnauthorizedClient):
        return None
    return tell_refresh_token(
        issuer=settings.BASE_URL,
        client_id=client.client_id,
        subject=found.grant.subject.sub,
        scopes=found.scopes,
        issued_at=found.grant.exchanged_at or found.grant.approved_at,
        until=found.until,
    )


def _tell_access_token(token: str, client: Client, at: datetime) -> dict[str, Any] | None:
    try:
        claims = read_own_token(token=token, at=at)
        require_unrevoked(claims=claims, at=at)
    except InvalidToken:
        return None
    if claims["client_id"] != client.client_id:
        return None
    grant_id = claims.get("grant", {}).get("id")
    if grant_id is not None and not _still_acts(UUID(grant_id), at):
        return None
    return tell_access_token(claims.values)


def _still_acts(grant_id: UUID, at: datetime) -> bool:
    grant = Grant.objects.live().with_parties().filter(id=grant_id).first()
    return grant is not None and find_agreed_authority(grant=grant, at=at) is not None
