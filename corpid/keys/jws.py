"""JSON Web Signatures (RFC 7515, compact) made with a stored key, fast.

`cryptography` and orjson directly: on the token endpoint, a general JOSE library costs several
times the signature itself.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from corpid.keys.key_pair import KeyNotUsable
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.remembered import ACTIVE_KEYS
from corpid.keys.services.active_key import active_key
from corpid.keys.services.retire_key import LIFETIME_OF_WHAT_IS_SIGNED
from corpid.keys.store import key_store
from corpid.protocols.strict_encoding import encode_base64url

_COORDINATE_BYTES = 32  # P-256


def sign_jwt(
    *,
    purpose: Purpose,
    header: Mapping[str, Any],
    claims: Mapping[str, Any],
    at: datetime,
    scope_id: str = "",
) -> str:
    """Sign claims with the active key of the purpose; `alg` and `kid` are added to the header.

    `exp` may not lie beyond the time for which a key of this purpose stays published.
    """
    lifetime = LIFETIME_OF_WHAT_IS_SIGNED.get(purpose)
    if lifetime is not None and claims["exp"] > (at + lifetime).timestamp():
        raise ValueError(f"exp is later than a {purpose} key stays published ({lifetime})")
    return sign_payload(
        purpose=purpose, header=header, payload=orjson.dumps(dict(claims)), scope_id=scope_id
    )


def sign_payload(
    *, purpose: Purpose, header: Mapping[str, Any], payload: bytes, scope_id: str = ""
) -> str:
    """Sign any payload with the active key of the purpose."""
    try:
        return sign_jws(
            key=active_key(purpose, scope_id=scope_id), header=header, payload=payload
        )
    except KeyNotUsable:  # remembered as active, and retired by another process since
        ACTIVE_KEYS.clear()
    return sign_jws(key=active_key(purpose, scope_id=scope_id), header=header, payload=payload)


def sign_jws(*, key: SigningKey, header: Mapping[str, Any], payload: bytes) -> str:
    """Sign any payload with this key (RFC 7515, section 5.1)."""
    protected = {"alg": key.algorithm, "kid": key.kid, **header}
    if protected["alg"] != key.algorithm:
        raise ValueError(f"the key signs with {key.algorithm}")
    signing_input = f"{encode_base64url(orjson.dumps(protected))}.{encode_base64url(payload)}"
    return f"{signing_input}.{encode_base64url(_signature(key, signing_input.encode()))}"


def _signature(key: SigningKey, signing_input: bytes) -> bytes:
    if key.algorithm == Algorithm.ED25519:
        return key_store().sign(key.id, signing_input)
    signature = key_store().sign(key.id, hashlib.sha256(signing_input).digest())
    if key.algorithm == Algorithm.RS256:
        return signature
    r, s = decode_dss_signature(signature)  # RFC 7518, section 3.4: R || S, not DER
    return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
