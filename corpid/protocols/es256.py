"""Compact JWS with ES256 and nothing else (RFC 7515; RFC 7518, section 3.4).

The fast path of credentials, presentations and status lists: one algorithm, so no algorithm
can be confused with another. Whoever signs is a callable that takes a SHA-256 digest and
returns a DER signature, as a key store does; no private key is seen here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from corpid.errors import Invalid, Malformed, gettext_noop
from corpid.protocols.jwk import KeyNotUsable, read_key
from corpid.protocols.jws import fault_of_header
from corpid.protocols.strict_encoding import (
    NotCanonical,
    decode_base64url,
    encode_base64url,
    read_json_object,
)

Sign = Callable[[bytes], bytes]
"""Takes a SHA-256 digest, returns an ECDSA signature in DER."""

_COORDINATE_BYTES = 32
_ECDSA_SHA256 = ec.ECDSA(hashes.SHA256())


class JWSMalformed(Malformed):
    code = "jws_malformed"
    title = gettext_noop("The signed token can't be read.")
    remedy = gettext_noop("Send the token as it was issued, in compact form.")


class SignatureNotValid(Invalid):
    code = "signature_not_valid"
    title = gettext_noop("The signature of the token is not valid.")
    remedy = gettext_noop("Ask for the token again; it was changed or signed by another key.")


@dataclass(frozen=True, slots=True)
class CompactJWS:
    """A JWS that was split and decoded; nothing about it has been verified yet."""

    header: Mapping[str, Any]
    payload: dict[str, Any]
    signing_input: bytes
    signature: bytes


def from_base64url(text: str) -> bytes:
    """Decode strictly: one text for each content. Raises JWSMalformed."""
    try:
        return decode_base64url(text)
    except NotCanonical as error:
        raise JWSMalformed(str(error)) from error


@lru_cache(maxsize=512)  # an issuer's header, with its chain, is the same in each credential
def read_header(encoded: str) -> Mapping[str, Any]:
    """Read a protected header: names unique, `alg` ES256, nothing that jws.py refuses."""
    try:
        header = read_json_object(decode_base64url(encoded))
    except NotCanonical as error:
        raise JWSMalformed(f"header: {error}") from error
    if header.get("alg") != "ES256":
        raise JWSMalformed(f"alg {header.get('alg')!r}")
    if fault := fault_of_header(header):
        raise JWSMalformed(fault)
    return MappingProxyType(header)


def _read_payload(content: bytes) -> dict[str, Any]:
    try:
        return read_json_object(content)
    except NotCanonical as error:
        raise JWSMalformed(f"payload: {error}") from error


def read_compact(token: str) -> CompactJWS:
    """Split and decode; no signature is checked. Raises JWSMalformed."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004  header, payload, signature
        raise JWSMalformed("not three parts")
    header, payload, signature = parts
    return CompactJWS(
        header=read_header(header),
        payload=_read_payload(from_base64url(payload)),
        signing_input=f"{header}.{payload}".encode("ascii"),
        signature=from_base64url(signature),
    )


def require_signature(jws: CompactJWS, key: ec.EllipticCurvePublicKey) -> None:
    """Check the signature with a P-256 key. Raises SignatureNotValid."""
    raw = jws.signature
    if len(raw) != 2 * _COORDINATE_BYTES or not isinstance(key.curve, ec.SECP256R1):
        raise SignatureNotValid("not an ES256 signature")
    r = int.from_bytes(raw[:_COORDINATE_BYTES], "big")
    s = int.from_bytes(raw[_COORDINATE_BYTES:], "big")
    try:
        key.verify(encode_dss_signature(r, s), jws.signing_input, _ECDSA_SHA256)
    except InvalidSignature as error:
        raise SignatureNotValid("ES256") from error


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
    """Read a public P-256 JWK; a private one is refused. Raises JWSMalformed."""
    if not isinstance(jwk, Mapping):
        raise JWSMalformed("not a JWK")
    try:
        key = read_key(jwk)
    except KeyNotUsable as error:
        raise JWSMalformed(f"jwk: {error.detail}") from error
    if not isinstance(key.public_key, ec.EllipticCurvePublicKey) or (
        "ES256" not in key.algorithms
    ):
        raise JWSMalformed("not a P-256 JWK")
    return key.public_key
