"""JWTs with ES256 and nothing else (RFC 7515; RFC 7518, section 3.4).

The fast path of credentials, presentations and status lists: one algorithm, so no algorithm
can be confused with another. Whoever signs is a callable that takes a SHA-256 digest and
returns a DER signature, as a key store does; no private key is seen here.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeAlias

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from corpid.protocols import jws as compact
from corpid.protocols.jwk import KeyNotUsable, read_key
from corpid.protocols.jws import (
    JWTAlgorithmNotTaken,
    JWTMalformed,
    read_claims,
    require_ecdsa,
    split_jws,
)
from corpid.protocols.strict_encoding import encode_base64url

Sign = Callable[[bytes], bytes]
"""Takes a SHA-256 digest, returns an ECDSA signature in DER."""

CompactJWS: TypeAlias = compact.CompactJWS[dict[str, Any]]
"""Its payload is the claims."""

MAX_BYTES = 256 * 1024
_COORDINATE_BYTES = 32


def read_compact(token: str, *, max_bytes: int = MAX_BYTES) -> CompactJWS:
    """Split and decode; no signature is checked. Raises JWTMalformed, JWTAlgorithmNotTaken."""
    jws = split_jws(token, max_bytes=max_bytes)
    if jws.header.get("alg") != "ES256":
        raise JWTAlgorithmNotTaken(repr(jws.header.get("alg")))
    claims = read_claims(jws)
    return compact.CompactJWS(jws.header, claims, jws.signing_input, jws.signature)


def require_signature(jws: CompactJWS, key: ec.EllipticCurvePublicKey) -> None:
    """Check the signature with a P-256 key. Raises JWTNotAccepted."""
    if not isinstance(key.curve, ec.SECP256R1):
        raise JWTAlgorithmNotTaken("ES256 with another curve")
    require_ecdsa(jws, algorithm="ES256", key=key)


@lru_cache(maxsize=512)
def _encoded_header(serialized: bytes) -> str:
    return encode_base64url(serialized)


def sign_compact(header: Mapping[str, Any], payload: Mapping[str, Any], sign: Sign) -> str:
    """Sign with ES256; the header's `alg` is added here."""
    protected = _encoded_header(orjson.dumps({"alg": "ES256", **header}))
    signing_input = f"{protected}.{encode_base64url(orjson.dumps(payload))}"
    r, s = decode_dss_signature(sign(sha256(signing_input.encode("ascii")).digest()))
    raw = r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
    return f"{signing_input}.{encode_base64url(raw)}"


def key_of_jwk(jwk: object) -> ec.EllipticCurvePublicKey:
    """Read a public P-256 JWK; a private one is refused. Raises JWTMalformed."""
    if not isinstance(jwk, Mapping):
        raise JWTMalformed("not a JWK")
    try:
        key = read_key(jwk)
    except KeyNotUsable as error:
        raise JWTMalformed(f"jwk: {error.detail}") from error
    if not isinstance(key.public_key, ec.EllipticCurvePublicKey) or (
        "ES256" not in key.algorithms
    ):
        raise JWTMalformed("not a P-256 JWK")
    return key.public_key
