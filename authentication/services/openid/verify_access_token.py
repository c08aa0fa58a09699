"""Know the caller by an access token and the proof that it is theirs.

The token itself says who, for which company, with which scopes; what was revoked within a
token's life is read from PostgreSQL once a second and kept in the process.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings

from authentication.models import Grant
from authentication.oidc.claims import ACCESS_TOKEN_LIFE, api_resource
from authentication.oidc.oauth_errors import InvalidClient, InvalidToken
from authentication.services.openid.demand_proof import demand_proof
from authentication.services.openid.find_client import find_client
from corpid.api.caller import Caller
from corpid.keys.bounded import Bounded
from corpid.keys.models import Purpose
from corpid.keys.services.publish_jwks import publish_jwks
from corpid.protocols.jwk import KeySet, read_key_set
from corpid.protocols.jws import JWTNotAccepted
from corpid.protocols.jwt import ACCESS_TOKEN, Claims, verify_jwt
from corpid.restores.generation import present_generation

PROVIDER_KEYS: Bounded[str, KeySet] = Bounded(entries=1, seconds=2.0)
ENDED_GRANTS: Bounded[str, frozenset[UUID]] = Bounded(entries=1, seconds=1.0)
_CLOCKS = timedelta(minutes=1)  # between our machines, generously


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    caller: Caller
    grant_id: UUID | None


def verify_access_token(
    *, scheme: str, token: str, proof: str | None, method: str, path: str, at: datetime
) -> VerifiedToken:
    """Verify both. Raises InvalidToken, InvalidDPoPProof, UseDPoPNonce.

    1. The token is ours, for this API, and in time; no restore has come since. After one, a
       grant that was made and ended in between is unknown here, and speaks against nothing.
    2. It is bound to a key, and the caller shows that key: a bound token without a proof is
       stolen (RFC 9449, section 7.1).
    3. Its client is active; its grant has not ended.
    """
    claims = _read(token, at)  # 1
    issued_at = datetime.fromtimestamp(claims["iat"], UTC)
    if not present_generation().counts(issued_at=issued_at):
        raise InvalidToken("the token was issued before a restore")
    thumbprint = claims.get("cnf", {}).get("jkt")
    if scheme.lower() != "dpop" or not isinstance(thumbprint, str):  # 2
        raise InvalidToken("the token is bound to a key: Authorization: DPoP, with a proof")
    demand_proof(
        header=proof,
        method=method,
        path=path,
        at=at,
        access_token=token,
        thumbprint=thumbprint,
    )
    try:  # 3
        client = find_client(client_id=claims["client_id"], at=at)
    except InvalidClient as error:
        raise InvalidToken("the client is not active") from error
    grant = claims.get("grant")
    grant_id = UUID(grant["id"]) if grant else None
    if grant_id in ENDED_GRANTS.get("ids", lambda: _recently_ended(at)):
        raise InvalidToken("the grant has ended")
    caller = Caller(
        client_id=client.client_id,
        e_service_id=client.e_service_id,
        scopes=frozenset(claims["scope"].split()),
        person_id=UUID(grant["person"]) if grant else None,
        company_id=UUID(grant["company"]) if grant else None,
    )
    return VerifiedToken(caller, grant_id)


def _read(token: str, at: datetime) -> Claims:
    try:
        return verify_jwt(
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


def _recently_ended(at: datetime) -> frozenset[UUID]:
    moment = at - ACCESS_TOKEN_LIFE - _CLOCKS
    return frozenset(
        Grant.objects.ended_since(moment=moment).values_list("id", flat=True).iterator()
    )
