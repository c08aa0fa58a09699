"""What is told about a token to who asks (RFC 7662; as a signed answer, RFC 9701)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

MEDIA_TYPE = "application/token-introspection+jwt"
TYP = "token-introspection+jwt"
NOT_ACTIVE: Mapping[str, Any] = {"active": False}  # and why is nobody's to read (section 2.2)

# Of an access token of ours; the identifiers of its grant mean nothing outside.
_TOLD = ("iss", "sub", "act", "aud", "client_id", "scope", "exp", "iat", "jti", "cnf")


def tell_access_token(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Tell about an active one (RFC 7662, section 2.2; `cnf`: RFC 9449, section 6.2)."""
    told = {name: claims[name] for name in _TOLD if name in claims}
    return {"active": True, "token_type": "DPoP", **told}


def tell_refresh_token(
    *,
    issuer: str,
    client_id: str,
    subject: str,
    scopes: Sequence[str],
    issued_at: datetime,
    until: datetime,
) -> dict[str, Any]:
    """Tell about an active one; it opens no resource, so it has neither type nor audience."""
    return {
        "active": True,
        "iss": issuer,
        "sub": subject,
        "client_id": client_id,
        "scope": " ".join(scopes),
        "iat": int(issued_at.timestamp()),
        "exp": int(until.timestamp()),
    }


def signed_answer_claims(
    answer: Mapping[str, Any], *, issuer: str, client_id: str, at: datetime
) -> dict[str, Any]:
    """Wrap an answer for signing (RFC 9701, section 5).

    No `sub` and no `exp` beside it, so that no answer passes for an access token (section 8.1).
    """
    return {
        "iss": issuer,
        "aud": client_id,
        "iat": int(at.timestamp()),
        "token_introspection": dict(answer),
    }
