"""The wish of an e-service that the person signs out here too (RP-Initiated Logout 1.0).

Nothing in it is trusted to sign anybody out: the person is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from authentication.oidc.oauth_errors import InvalidRequest
from corpid.protocols.jwk import KeySet
from corpid.protocols.jws import JWTNotAccepted
from corpid.protocols.jwt import ID_TOKEN, peek_jwt, verify_jwt

_LAST_MOMENT = 2**40  # far beyond any of ours, and still a date
_MAX_STATE_LENGTH = 4096


@dataclass(frozen=True, slots=True)
class LogOutRequest:
    """`client_id` says who wishes it, if that is known; only then it may name `return_uri`."""

    client_id: str | None
    return_uri: str | None
    state: str | None


def read_log_out_request(
    parameters: Mapping[str, str], *, issuer: str, keys: KeySet
) -> LogOutRequest:
    """Read the parameters (section 2); that the URI is registered is asked elsewhere.

    Raises InvalidRequest.
    """
    hint = parameters.get("id_token_hint")
    client_id = parameters.get("client_id")
    if hint is not None:
        hinted = _audience_of(hint, issuer=issuer, keys=keys)
        if client_id not in {None, hinted}:
            raise InvalidRequest("client_id is not that of id_token_hint")
        client_id = hinted
    return_uri = parameters.get("post_logout_redirect_uri")
    if return_uri is not None and client_id is None:
        raise InvalidRequest("post_logout_redirect_uri without id_token_hint or client_id")
    state = parameters.get("state")
    if state is not None and len(state) > _MAX_STATE_LENGTH:
        raise InvalidRequest(f"state is longer than {_MAX_STATE_LENGTH}")
    return LogOutRequest(client_id, return_uri, state)


def _audience_of(hint: str, *, issuer: str, keys: KeySet) -> str:
    """Verify an ID token of ours as of the moment it was made: it may have expired since."""
    try:
        claims = peek_jwt(hint, profile=ID_TOKEN).values
        audience, made_at = claims.get("aud"), claims.get("iat")
        if not isinstance(audience, str):
            raise InvalidRequest("id_token_hint: aud is not one client")
        if not isinstance(made_at, int) or not 0 <= made_at < _LAST_MOMENT:
            raise InvalidRequest("id_token_hint: iat is not a moment")
        verify_jwt(
            hint,
            profile=ID_TOKEN,
            keys=keys,
            at=datetime.fromtimestamp(made_at, UTC),
            issuer=issuer,
            audience=audience,
        )
    except JWTNotAccepted as error:
        raise InvalidRequest(f"id_token_hint: {error.detail}") from error
    return audience


def return_address(request: LogOutRequest) -> str | None:
    """Say where the browser goes afterwards, with `state` (section 3)."""
    if request.return_uri is None or request.state is None:
        return request.return_uri
    separator = "&" if "?" in request.return_uri else "?"
    return f"{request.return_uri}{separator}{urlencode({'state': request.state})}"
