"""An access token for a narrower one (RFC 8693): fewer scopes, another key, no longer a life.

Who the token is for, which company, which client: all that stays, because it is copied.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from authentication.oidc.authorization_request import check_resource
from authentication.oidc.claims import ACCESS_TOKEN_LIFE
from authentication.oidc.oauth_errors import InvalidRequest, InvalidTarget

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  a name, no secret
EXCHANGED_FROM = "exchanged_from"  # the `jti` of the token it came from, and ends with
_KEPT = ("iss", "aud", "sub", "client_id", "grant")


def read_subject_token(parameters: Mapping[str, str], *, resource: str) -> str:
    """Read the request (section 2.1). Raises InvalidRequest, InvalidTarget."""
    token = parameters.get("subject_token")
    if token is None:
        raise InvalidRequest("subject_token is missing")
    if parameters.get("subject_token_type") != ACCESS_TOKEN_TYPE:
        raise InvalidRequest(f"subject_token_type must be {ACCESS_TOKEN_TYPE}")
    if parameters.get("requested_token_type", ACCESS_TOKEN_TYPE) != ACCESS_TOKEN_TYPE:
        raise InvalidRequest(f"requested_token_type must be {ACCESS_TOKEN_TYPE}")
    if "actor_token" in parameters or "actor_token_type" in parameters:
        raise InvalidRequest("the actor is the client itself; no actor_token is taken")
    check_resource(parameters.get("resource"), resource=resource)
    if parameters.get("audience", resource) != resource:
        raise InvalidTarget(f"audience must be {resource}")
    return token


def exchanged_claims(
    subject: Mapping[str, Any],
    *,
    scopes: Sequence[str],
    thumbprint: str,
    token_id: str,
    at: datetime,
) -> dict[str, Any]:
    """Make the claims of the new token; `act` says who acts for the person (section 4.1)."""
    life_left = int((at + ACCESS_TOKEN_LIFE).timestamp())
    claims = {name: subject[name] for name in _KEPT if name in subject}
    if "grant" in subject:
        claims["act"] = {"sub": subject["client_id"]}
    return {
        **claims,
        "iat": int(at.timestamp()),
        "exp": min(life_left, int(subject["exp"])),
        "jti": token_id,
        "scope": " ".join(scopes),
        "cnf": {"jkt": thumbprint},
        EXCHANGED_FROM: subject["jti"],
    }
