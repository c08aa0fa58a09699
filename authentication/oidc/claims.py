"""What tokens say: the company (`corp`), the person's authority for it (`rep`), the sign-in.

The subject is the person in this company, under a name that only this sector knows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authentication.oidc.authorization_request import AuthorizationRequest
from authentication.oidc.oauth_errors import UnmetAuthenticationRequirements

ACCESS_TOKEN_LIFE = timedelta(minutes=5)
ID_TOKEN_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Link:
    """One company of the chain; `mandate` is the one by which it lets the one before act."""

    ubi: str
    mandate: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Represented:
    """A company, and in which capacity the person acts for it."""

    corp_id: str
    ubi: str
    names: Mapping[str, str]  # BCP 47 language -> name
    kind: str
    status: str
    capacity: str
    roles: Sequence[str]
    chain: Sequence[Link]  # the principal last


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How, when and where the person signed in."""

    level: int  # 1 password, 2 two factors, 3 passkey
    methods: Sequence[str]  # RFC 8176
    at: datetime
    session: str


def api_resource(issuer: str) -> str:
    """Name our API as a resource: the audience of every access token (RFC 8707)."""
    return f"{issuer}/api/v1"


def acr(issuer: str, level: int) -> str:
    return f"{issuer}/acr/{level}"


def check_level(
    request: AuthorizationRequest, *, issuer: str, level: int, minimum: int
) -> None:
    """Hold the sign-in against what the request and the e-service's registration demand.

    A higher level satisfies a lower one. Raises UnmetAuthenticationRequirements.
    """
    if level < minimum:
        raise UnmetAuthenticationRequirements(f"the e-service needs {acr(issuer, minimum)}")
    reached = {acr(issuer, lower) for lower in range(1, level + 1)}
    if request.essential_acrs and reached.isdisjoint(request.essential_acrs):
        raise UnmetAuthenticationRequirements(
            f"needs {' or '.join(request.essential_acrs)[:200]}"
        )


def company_claims(represented: Represented) -> dict[str, Any]:
    """Make `corp` and `rep`, the same in the ID token and at userinfo."""
    return {
        "corp": {
            "corp_id": represented.corp_id,
            "ubi": represented.ubi,
            "names": dict(represented.names),
            "kind": represented.kind,
            "status": represented.status,
        },
        "rep": {
            "capacity": represented.capacity,
            "roles": list(represented.roles),
            "chain": [
                {"ubi": link.ubi} | ({"mandate": link.mandate} if link.mandate else {})
                for link in represented.chain
            ],
        },
    }


def id_token_claims(
    *,
    issuer: str,
    client_id: str,
    subject: str,
    nonce: str | None,
    sign_in: SignIn,
    represented: Represented,
    person_subject: str | None,
    at: datetime,
) -> dict[str, Any]:
    """Make the claims of an ID token (OpenID Connect Core 1.0, section 2)."""
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": client_id,
        "iat": int(at.timestamp()),
        "exp": int((at + ID_TOKEN_LIFE).timestamp()),
        "auth_time": int(sign_in.at.timestamp()),
        "acr": acr(issuer, sign_in.level),
        "amr": list(sign_in.methods),
        "sid": sign_in.session,
        **company_claims(represented),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if person_subject is not None:
        claims["person_sub"] = person_subject
    return claims


def access_token_claims(
    *,
    issuer: str,
    audience: str,
    client_id: str,
    subject: str,
    scopes: Sequence[str],
    thumbprint: str,
    token_id: str,
    at: datetime,
    grant: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Make the claims of an access token (RFC 9068, section 2.2; `cnf`: RFC 9449, 6.1).

    `grant` names the grant, person and company that it rests on, in identifiers that mean
    nothing outside; a client on its own has none.
    """
    return {
        "iss": issuer,
        "aud": audience,
        "sub": subject,
        "client_id": client_id,
        "iat": int(at.timestamp()),
        "exp": int((at + ACCESS_TOKEN_LIFE).timestamp()),
        "jti": token_id,
        "scope": " ".join(scopes),
        "cnf": {"jkt": thumbprint},
        **({"grant": dict(grant)} if grant else {}),
    }
