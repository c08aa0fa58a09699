"""The authorization request, read once and kept as a value (OpenID Connect Core 1.0, 3.1.2.1).

The plain issuer and the FAPI issuer read it alike; that the FAPI issuer takes it only through
the PAR endpoint is the doors' business (RFC 9126; FAPI 2.0 Security Profile, section 5.3.2.2).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authentication.oidc.oauth_errors import (
    InvalidAuthorizationDetails,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    RequestNotSupported,
    UnsupportedResponseType,
)
from authentication.oidc.pkce import read_challenge
from authentication.oidc.redirect_uri import is_registered
from corpid.protocols.strict_encoding import NotCanonical, read_json_object

PROMPTS = ("none", "login", "consent", "select_account")
_MAX_STATE_LENGTH = 4096
_MAX_NONCE_LENGTH = 1024
_VISIBLE = re.compile(r"[\x20-\x7e]*")  # RFC 6749, appendix A: VSCHAR
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class ClientRules:
    """What a client is registered for, as far as its authorization requests go."""

    client_id: str
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]
    any_loopback_port: bool = False  # in the sandbox only


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    code_challenge: str
    state: str | None = None
    nonce: str | None = None
    prompts: frozenset[str] = frozenset()
    max_age: int | None = None
    wished_acrs: tuple[str, ...] = ()
    essential_acrs: tuple[str, ...] = ()
    id_token_claims: frozenset[str] = frozenset()
    userinfo_claims: frozenset[str] = frozenset()
    login_hint: str = ""
    ui_locales: tuple[str, ...] = ()
    dpop_thumbprint: str | None = None


def read_redirect_uri(parameters: Mapping[str, str], rules: ClientRules) -> str:
    """Find out where an answer may go; before that, none goes anywhere."""
    uri = parameters.get("redirect_uri")
    if uri is None:
        raise InvalidRequest("redirect_uri is missing")
    if not is_registered(
        uri, registered=rules.redirect_uris, any_loopback_port=rules.any_loopback_port
    ):
        raise InvalidRequest("redirect_uri is not registered, letter by letter")
    return uri


def read_authorization_request(
    parameters: Mapping[str, str], *, rules: ClientRules, resource: str
) -> AuthorizationRequest:
    """Read and check the request of one client. Raises errors with an OAuth code.

    1. It is this client's and goes back where the client is registered.
    2. It carries no second request inside.
    3. It asks for a code, in the query, with PKCE.
    4. It asks for what the client is registered for, at our API.
    5. What it says about the sign-in can be read.
    """
    if parameters.get("client_id") != rules.client_id:  # 1
        raise InvalidRequest("client_id is not the caller's")
    redirect_uri = read_redirect_uri(parameters, rules)
    if "request_uri" in parameters:  # 2
        raise InvalidRequest("request_uri within a pushed request (RFC 9126, 2.1)")
    if "request" in parameters:
        raise RequestNotSupported("request")
    if "response_type" not in parameters:  # 3
        raise InvalidRequest("response_type is missing")
    if parameters["response_type"] != "code":
        raise UnsupportedResponseType(parameters["response_type"][:40])
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequest("response_mode must be query")
    challenge = read_challenge(
        parameters.get("code_challenge"), parameters.get("code_challenge_method")
    )
    scopes = read_scopes(parameters.get("scope"), allowed=rules.scopes)  # 4
    if "openid" not in scopes:
        raise InvalidScope("scope must contain openid")
    check_resource(parameters.get("resource"), resource=resource)
    if "authorization_details" in parameters:
        raise InvalidAuthorizationDetails("no type is supported yet")
    claims = _read_claims(parameters.get("claims"))  # 5
    return AuthorizationRequest(
        client_id=rules.client_id,
        redirect_uri=redirect_uri,
        scopes=scopes,
        code_challenge=challenge,
        state=_read_text(parameters, "state", _MAX_STATE_LENGTH),
        nonce=_read_text(parameters, "nonce", _MAX_NONCE_LENGTH),
        prompts=_read_prompts(parameters.get("prompt")),
        max_age=_read_max_age(parameters.get("max_age")),
        wished_acrs=tuple(parameters.get("acr_values", "").split()),
        essential_acrs=_read_essential_acrs(claims),
        id_token_claims=frozenset(claims.get("id_token") or ()),
        userinfo_claims=frozenset(claims.get("userinfo") or ()),
        login_hint=parameters.get("login_hint", ""),
        ui_locales=tuple(parameters.get("ui_locales", "").split()),
        dpop_thumbprint=_read_thumbprint(parameters.get("dpop_jkt")),
    )


def read_scopes(scope: str | None, *, allowed: frozenset[str]) -> tuple[str, ...]:
    """Read a list of scopes, each once, in the order given. Raises InvalidScope."""
    scopes = tuple(dict.fromkeys((scope or "").split(" "))) if scope else ()
    unknown = [name for name in scopes if name not in allowed]
    if unknown:
        raise InvalidScope(f"not registered for this client: {' '.join(unknown)[:100]}")
    return scopes


def check_resource(wished: str | None, *, resource: str) -> None:
    """Our API is the one resource there is (RFC 8707). Raises InvalidTarget."""
    if wished not in {None, resource}:
        raise InvalidTarget(f"resource must be {resource}")


def _read_text(parameters: Mapping[str, str], name: str, max_length: int) -> str | None:
    value = parameters.get(name)
    if value is not None and (len(value) > max_length or not _VISIBLE.fullmatch(value)):
        raise InvalidRequest(f"{name} is longer than {max_length} or not visible ASCII")
    return value


def _read_prompts(prompt: str | None) -> frozenset[str]:
    prompts = frozenset((prompt or "").split())
    if not prompts.issubset(PROMPTS):
        raise InvalidRequest("prompt is unknown")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequest("prompt=none stands alone")
    return prompts


def _read_max_age(max_age: str | None) -> int | None:
    if max_age is None:
        return None
    if not (max_age.isascii() and max_age.isdigit() and len(max_age) < 10):  # noqa: PLR2004  seconds
        raise InvalidRequest("max_age is not a number of seconds")
    return int(max_age)


def _read_thumbprint(thumbprint: str | None) -> str | None:
    if thumbprint is not None and not _THUMBPRINT.fullmatch(thumbprint):
        raise InvalidRequest("dpop_jkt is not a SHA-256 in base64url")
    return thumbprint


def _read_claims(claims: str | None) -> dict[str, dict[str, Any]]:
    """Read the claims parameter (section 5.5); what we don't know in it, we ignore."""
    if claims is None:
        return {}
    try:
        wished = read_json_object(claims.encode())
    except (NotCanonical, UnicodeEncodeError) as error:
        raise InvalidRequest("claims is not a JSON object") from error
    for part in ("id_token", "userinfo"):
        members = wished.get(part)
        if members is None:
            continue
        if not isinstance(members, dict) or not all(
            value is None or isinstance(value, dict) for value in members.values()
        ):
            raise InvalidRequest(f"claims: {part} is not an object of objects")
    return {part: wished[part] for part in ("id_token", "userinfo") if wished.get(part)}


def _read_essential_acrs(claims: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    wish = claims.get("id_token", {}).get("acr") or {}
    if wish.get("essential") is not True:
        return ()
    values = wish.get("values", [wish["value"]] if "value" in wish else [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InvalidRequest("claims: values of acr are not texts")
    return tuple(values)
