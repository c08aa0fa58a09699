"""Know the caller by an access token and the proof that it is theirs.

The token itself says who, for which company, with which scopes.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authentication.oidc.oauth_errors import InvalidClient, InvalidToken
from authentication.services.openid.demand_proof import demand_proof
from authentication.services.openid.find_client import find_client
from authentication.services.openid.read_own_token import read_own_token
from authentication.services.openid.require_unrevoked import require_unrevoked
from corpid.api.caller import Caller


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    caller: Caller
    grant_id: UUID | None


def verify_access_token(
    *, scheme: str, token: str, proof: str | None, method: str, path: str, at: datetime
) -> VerifiedToken:
    """Verify both. Raises InvalidToken, InvalidDPoPProof, UseDPoPNonce.

    1. The token is ours, for this API, in time, and of after the last restore.
    2. It is bound to a key, and the caller shows that key: a bound token without a proof is
       stolen (RFC 9449, section 7.1).
    3. Its client is active; neither it nor its grant was revoked.
    """
    claims = read_own_token(token=token, at=at)  # 1
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
    require_unrevoked(claims=claims, at=at)
    grant = claims.get("grant")
    caller = Caller(
        client_id=client.client_id,
        e_service_id=client.e_service_id,
        scopes=frozenset(claims["scope"].split()),
        person_id=UUID(grant["person"]) if grant else None,
        company_id=UUID(grant["company"]) if grant else None,
    )
    return VerifiedToken(caller, UUID(grant["id"]) if grant else None)
