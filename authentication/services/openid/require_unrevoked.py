"""Require that nothing took an access token back: neither itself nor its grant.

What was revoked within a token's life is read from PostgreSQL once a second and kept in the
process, so that nobody waits for a query and no wiped cache brings anything back.
"""

from datetime import datetime, timedelta
from uuid import UUID

from authentication.models import Grant, RevokedAccessToken
from authentication.oidc.claims import ACCESS_TOKEN_LIFE
from authentication.oidc.oauth_errors import InvalidToken
from authentication.oidc.token_exchange import EXCHANGED_FROM
from corpid.keys.bounded import Bounded
from corpid.protocols.jwt import Claims

REVOKED: Bounded[str, frozenset[UUID | str]] = Bounded(entries=1, seconds=1.0)
_CLOCKS = timedelta(minutes=1)  # between our machines, generously


def require_unrevoked(*, claims: Claims, at: datetime) -> None:
    """Raise InvalidToken."""
    revoked = REVOKED.get("ids", lambda: _recently_revoked(at))
    if claims["jti"] in revoked or claims.get(EXCHANGED_FROM) in revoked:
        raise InvalidToken("the token was revoked")
    grant = claims.get("grant")
    if grant and UUID(grant["id"]) in revoked:
        raise InvalidToken("the grant has ended")


def _recently_revoked(at: datetime) -> frozenset[UUID | str]:
    grants = Grant.objects.ended_since(moment=at - ACCESS_TOKEN_LIFE - _CLOCKS)
    tokens = RevokedAccessToken.objects.unexpired(at=at - _CLOCKS)
    return frozenset(
        [
            *grants.values_list("id", flat=True).iterator(),
            *tokens.values_list("token_id", flat=True).iterator(),
        ]
    )
