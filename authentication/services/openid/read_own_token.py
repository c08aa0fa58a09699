"""Read an access token that we made for our API and that is in time; revoked or not."""

from datetime import UTC, datetime

from django.conf import settings

from authentication.oidc.claims import api_resource
from authentication.oidc.oauth_errors import InvalidToken
from corpid.keys.bounded import Bounded
from corpid.keys.models import Purpose
from corpid.keys.services.publish_jwks import publish_jwks
from corpid.protocols.jwk import KeySet, read_key_set
from corpid.protocols.jws import JWTNotAccepted
from corpid.protocols.jwt import ACCESS_TOKEN, Claims, verify_jwt
from corpid.restores.generation import present_generation

PROVIDER_KEYS: Bounded[str, KeySet] = Bounded(entries=1, seconds=2.0)


def read_own_token(*, token: str, at: datetime) -> Claims:
    """Raise InvalidToken, also if a restore has come since the token was made.

    After one, a grant that was made and ended in between is unknown here, and speaks against
    nothing.
    """
    try:
        claims = verify_jwt(
            token,
            profile=ACCESS_TOKEN,
            keys=PROVIDER_KEYS.get(
                "op", lambda: read_key_set(publish_jwks([Purpose.OP], at=at))
            ),
            at=at,
            issuer=settings.BASE_URL,
            audience=api_resource(settings.BASE_URL),
        )
    except JWTNotAccepted as error:
        raise InvalidToken(f"access token: {error.detail}") from error
    if not present_generation().counts(issued_at=datetime.fromtimestamp(claims["iat"], UTC)):
        raise InvalidToken("the token was issued before a restore")
    return claims
