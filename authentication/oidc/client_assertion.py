"""Client authentication with `private_key_jwt` (RFC 7523, section 3; FAPI 2.0, 5.3.2.1)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from authentication.oidc.oauth_errors import InvalidClient, InvalidRequest
from corpid.protocols.jwk import KeySet
from corpid.protocols.jws import JWTNotAccepted
from corpid.protocols.jwt import CLIENT_ASSERTION, Claims, peek_jwt, verify_jwt

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def read_assertion(parameters: Mapping[str, str]) -> str:
    """Take the assertion out of the request. Raises InvalidClient, InvalidRequest."""
    assertion = parameters.get("client_assertion")
    if assertion is None:
        raise InvalidClient("no client_assertion")
    if parameters.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClient(f"client_assertion_type must be {ASSERTION_TYPE}")
    if "client_secret" in parameters:
        raise InvalidRequest("more than one way of client authentication")
    return assertion


def claimed_client(assertion: str, *, parameters: Mapping[str, str]) -> str:
    """Learn who claims to call, to find their keys; a client_id beside must say the same."""
    try:
        subject = peek_jwt(assertion, profile=CLIENT_ASSERTION).values.get("sub")
    except JWTNotAccepted as error:
        raise InvalidClient(f"client assertion: {error.detail}") from error
    if not isinstance(subject, str):
        raise InvalidClient("client assertion: no sub")
    if parameters.get("client_id", subject) != subject:
        raise InvalidClient("client_id is not the sub of the assertion")
    return subject


def verify_assertion(
    assertion: str, *, client_id: str, keys: KeySet, issuer: str, at: datetime
) -> Claims:
    """Verify it; whether its `jti` was seen before is asked elsewhere. Raises InvalidClient."""
    try:
        return verify_jwt(
            assertion,
            profile=CLIENT_ASSERTION,
            keys=keys,
            at=at,
            issuer=client_id,
            subject=client_id,
            audience=issuer,
        )
    except JWTNotAccepted as error:
        raise InvalidClient(f"client assertion: {error.detail}") from error


def issued_at(claims: Claims) -> datetime:
    """When it was made; without `iat`, the earliest moment that its `exp` allows."""
    if "iat" in claims:
        return datetime.fromtimestamp(claims["iat"], UTC)
    life = CLIENT_ASSERTION.max_life or timedelta(0)
    return datetime.fromtimestamp(claims["exp"], UTC) - life
