"""Compact JWS with ES256 and nothing else (RFC 7515; RFC 7518, section 3.4).

The fast path of credentials, presentations and status lists: one algorithm, so no algorithm
can be confused with another. Whoever signs is a callable that takes a SHA-256 digest and
returns a DER signature, as a key store does; no private key is seen here.
"""

import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NoReturn

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from corpid.errors import Invalid, Malformed, gettext_noop

Sign = Callable[[bytes], bytes]
"""Takes a SHA-256 digest, returns an ECDSA signature in DER."""

_COORDINATE_BYTES = 32
_ECDSA_SHA256 = ec.ECDSA(hashes.SHA256())
# What is not base64url turns into a byte that strict decoding refuses.
_TO_BASE64 = bytes.maketrans(b"-_+/=", b"+/!!!")
# The last letter of a group that is not full leaves bits over, which must be zero.
_LAST_LETTERS = {2: frozenset("AQgw"), 3: frozenset("AEIMQUYcgkosw048")}
_TO_BASE64URL = bytes.maketrans(b"+/", b"-_")


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


def base64url(content: bytes) -> str:
    """Encode without padding (RFC 7515, section 2)."""
    encoded = binascii.b2a_base64(content, newline=False).rstrip(b"=")
    return encoded.translate(_TO_BASE64URL).decode("ascii")


def from_base64url(text: str) -> bytes:
    """Decode strictly: one text for each content, no padding. Raises JWSMalformed."""
    over = len(text) % 4
    if over and text[-1] not in _LAST_LETTERS.get(over, ""):
        raise JWSMalformed("base64url: cut short or not canonical")
    try:
        standard = text.encode("ascii").translate(_TO_BASE64)
        return binascii.a2b_base64(standard + b"=" * (-len(standard) % 4), strict_mode=True)
    except ValueError as error:
        raise JWSMalformed(f"base64url: {error}") from error


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JWSMalformed("duplicate header parameter")
    return members


def _no_constant(name: str) -> NoReturn:
    raise JWSMalformed(f"{name} is not JSON")


@lru_cache(maxsize=512)  # an issuer's header, with its chain, is the same in each credential
def read_header(encoded: str) -> Mapping[str, Any]:
    """Read a protected header: an object, names unique, `alg` ES256, no `crit`."""
    try:
        header = json.loads(
            from_base64url(encoded),
            object_pairs_hook=_unique_names,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError) as error:
        raise JWSMalformed(f"header: {error}") from error
    if not isinstance(header, dict):
        raise JWSMalformed("the header is no object")
    if header.get("alg") != "ES256":
        raise JWSMalformed(f"alg {header.get('alg')!r}")
    if "crit" in header:
        raise JWSMalformed("critical extensions are not understood")
    return MappingProxyType(header)


def read_json_object(content: bytes) -> dict[str, Any]:
    """Read the object that a payload is. Raises JWSMalformed."""
    try:
        payload = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise JWSMalformed(f"payload: {error}") from error
    if not isinstance(payload, dict):
        raise JWSMalformed("the payload is no object")
    return payload


def read_compact(token: str) -> CompactJWS:
    """Split and decode; no signature is checked. Raises JWSMalformed."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004  header, payload, signature
        raise JWSMalformed("not three parts")
    header, payload, signature = parts
    return CompactJWS(
        header=read_header(header),
        payload=read_json_object(from_base64url(payload)),
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
    return base64url(serialized)


def sign_compact(header: Mapping[str, Any], payload: Mapping[str, Any], sign: Sign) -> str:
    """Sign with ES256; the header's `alg` is added here."""
    protected = _encoded_header(orjson.dumps({"alg": "ES256", **header}))
    signing_input = f"{protected}.{base64url(orjson.dumps(payload))}"
    r, s = decode_dss_signature(sign(sha256(signing_input.encode("ascii")).digest()))
    raw = r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
    return f"{signing_input}.{base64url(raw)}"


def public_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """Write a P-256 key as a JWK (RFC 7518, section 6.2.1)."""
    numbers = key.public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": base64url(numbers.x.to_bytes(_COORDINATE_BYTES, "big")),
        "y": base64url(numbers.y.to_bytes(_COORDINATE_BYTES, "big")),
    }


def key_of_jwk(jwk: object) -> ec.EllipticCurvePublicKey:
    """Read a public P-256 JWK; a private one is refused. Raises JWSMalformed."""
    if not isinstance(jwk, Mapping) or "d" in jwk:
        raise JWSMalformed("not a public JWK")
    x, y = jwk.get("x"), jwk.get("y")
    if (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256"):
        raise JWSMalformed("not a P-256 JWK")
    if not isinstance(x, str) or not isinstance(y, str):
        raise JWSMalformed("a JWK without coordinates")
    return _key_of_coordinates(x, y)


@lru_cache(maxsize=4096)
def _key_of_coordinates(x: str, y: str) -> ec.EllipticCurvePublicKey:
    across, up = from_base64url(x), from_base64url(y)
    if len(across) != _COORDINATE_BYTES or len(up) != _COORDINATE_BYTES:
        raise JWSMalformed("a coordinate has 32 bytes")
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(across, "big"), int.from_bytes(up, "big"), ec.SECP256R1()
    )
    try:
        return numbers.public_key()
    except ValueError as error:  # a point that is not on the curve
        raise JWSMalformed("not a point of P-256") from error


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Name a P-256 JWK (RFC 7638)."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return base64url(sha256(orjson.dumps(members)).digest())
