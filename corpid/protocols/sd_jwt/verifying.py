"""Verify an SD-JWT, and that its holder made the presentation (RFC 9901, section 7)."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from corpid.errors import Invalid, gettext_noop
from corpid.protocols.es256 import CompactJWS, key_of_jwk, read_compact, require_signature
from corpid.protocols.jws import JWTNotAccepted
from corpid.protocols.sd_jwt.form import (
    KEY_BINDING_TYPE,
    SDJWT,
    Path,
    SDJWTMalformed,
    hash_of_presentation,
    read_sd_jwt,
)
from corpid.protocols.sd_jwt.opening import open_sd_jwt


class NotInForce(Invalid):
    code = "credential_not_in_force"
    title = gettext_noop("The credential is not in force at this moment.")
    remedy = gettext_noop("Ask for a credential whose dates cover today.")


class HolderNotProved(Invalid):
    code = "holder_not_proved"
    title = gettext_noop(
        "The presentation does not prove that its holder made it for you, now."
    )
    remedy = gettext_noop("Ask the holder to present the credential again, to you.")


@dataclass(frozen=True, slots=True)
class VerifiedSDJWT:
    """Signed by the issuer's key, disclosures matched, in force at the moment asked about."""

    header: Mapping[str, Any]
    claims: dict[str, Any]
    disclosed: frozenset[Path]
    sd_jwt: SDJWT


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SDJWTMalformed(f"{name} is a number")
    return float(value)


def _require_in_force(claims: Mapping[str, Any], *, at: datetime, leeway: timedelta) -> None:
    """Check `nbf`, `iat` and `exp` (RFC 7519, section 4.1). Raises NotInForce."""
    now, slack = at.timestamp(), leeway.total_seconds()
    for name in ("nbf", "iat"):
        begins = _moment(claims, name)
        if begins is not None and now + slack < begins:
            raise NotInForce(f"before {name}")
    ends = _moment(claims, "exp")
    if ends is not None and now - slack >= ends:
        raise NotInForce("after exp")


def verify_sd_jwt(
    token: str,
    *,
    issuer_key: Callable[[CompactJWS], ec.EllipticCurvePublicKey],
    at: datetime,
    leeway: timedelta = timedelta(seconds=60),
) -> VerifiedSDJWT:
    """Verify what the issuer signed (RFC 9901, section 7.1).

    1. Split into the issuer's JWT, disclosures and, where there is one, the key binding.
    2. Check the signature with the key that `issuer_key` finds and trusts; `alg` and `_sd_alg`
       are ones that we take.
    3. Put each disclosure where its digest stands; a claim must not be there twice.
    4. Refuse a digest that stands twice, anywhere.
    5. Refuse a disclosure that no digest refers to.
    6. Check the dates of the claims.
    Key binding is another question: `require_holder`.
    Raises SDJWTMalformed, JWTNotAccepted, DisclosuresDoNotMatch, NotInForce.
    """
    sd_jwt = read_sd_jwt(token)  # 1
    require_signature(sd_jwt.jws, issuer_key(sd_jwt.jws))  # 2
    opened = open_sd_jwt(sd_jwt)  # 3, 4, 5
    _require_in_force(opened.claims, at=at, leeway=leeway)  # 6
    return VerifiedSDJWT(
        header=sd_jwt.jws.header,
        claims=opened.claims,
        disclosed=frozenset(opened.disclosures),
        sd_jwt=sd_jwt,
    )


def require_holder(
    verified: VerifiedSDJWT,
    *,
    audience: str,
    nonce: str,
    at: datetime,
    max_age: timedelta = timedelta(minutes=5),
    leeway: timedelta = timedelta(seconds=60),
) -> Mapping[str, Any]:
    """Verify that the holder made this presentation, for us, now (RFC 9901, section 7.3).

    1. There is a key binding, and the credential names the holder's key (`cnf`).
    2. `alg` is one that we take, `typ` is `kb+jwt`.
    3. The signature is by the holder's key.
    4. `iat` is recent.
    5. `nonce` and `aud` are ours.
    6. `sd_hash` covers exactly the disclosures before it.
    Returns the claims of the key binding. Raises HolderNotProved.
    """
    sd_jwt = verified.sd_jwt
    confirmation = verified.claims.get("cnf")
    if sd_jwt.key_binding is None or not isinstance(confirmation, dict):  # 1
        raise HolderNotProved("no key binding")
    try:
        binding = read_compact(sd_jwt.key_binding)  # 2
        holder_key = key_of_jwk(confirmation.get("jwk"))
    except JWTNotAccepted as error:
        raise HolderNotProved(f"malformed: {error}") from error
    if binding.header.get("typ") != KEY_BINDING_TYPE:
        raise HolderNotProved("typ")
    try:
        require_signature(binding, holder_key)  # 3
    except JWTNotAccepted as error:
        raise HolderNotProved("signature") from error
    _require_recent(binding.payload, at=at, max_age=max_age, leeway=leeway)  # 4
    for name, expected in (  # 5, 6
        ("nonce", nonce),
        ("aud", audience),
        ("sd_hash", hash_of_presentation(sd_jwt)),
    ):
        found = binding.payload.get(name)
        if not isinstance(found, str) or not hmac.compare_digest(
            found.encode(), expected.encode()
        ):
            raise HolderNotProved(name)
    return binding.payload


def _require_recent(
    claims: Mapping[str, Any], *, at: datetime, max_age: timedelta, leeway: timedelta
) -> None:
    issued_at = claims.get("iat")
    if isinstance(issued_at, bool) or not isinstance(issued_at, (int, float)):
        raise HolderNotProved("iat")
    age = at.timestamp() - issued_at
    if not -leeway.total_seconds() <= age <= max_age.total_seconds():
        raise HolderNotProved("iat")
