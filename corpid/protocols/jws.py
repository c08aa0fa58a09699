"""Compact JWS: split, decode and verify one signature (RFC 7515, RFC 7518).

The one reader; es256.py and jwt.py say which tokens they take from it. No symmetric algorithm,
no `none`, no RSA with PKCS #1 v1.5. The key is chosen before the signature is looked at, and
never by an address in the header.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from corpid.errors import Invalid, gettext_noop
from corpid.protocols.jwk import Key, KeyNotUsable, KeySet, PublicKey, read_key
from corpid.protocols.strict_encoding import NotCanonical, decode_base64url, read_json_object

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
_ECDSA = {  # the bytes of a coordinate, and the scheme
    "ES256": (32, ec.ECDSA(hashes.SHA256())),
    "ES384": (48, ec.ECDSA(hashes.SHA384())),
    "ES512": (66, ec.ECDSA(hashes.SHA512())),
}
_PARTS = 3
_LONGEST_KEPT_HEADER = 16 * 1024  # so that kept headers can't fill the memory

Payload_co = TypeVar("Payload_co", covariant=True)


class JWTNotAccepted(Invalid):
    """A signed token that we don't take; the subclasses say why, the detail says what."""

    code = "jwt_not_accepted"
    title = gettext_noop("The signed token is not accepted.")
    remedy = gettext_noop("Make a new token as the reference describes it.")


class JWTMalformed(JWTNotAccepted):
    code = "jwt_malformed"
    title = gettext_noop("The signed token can't be read.")
    remedy = gettext_noop(
        "Send a compact JWS whose parts are base64url without padding, with unique names."
    )


class JWTAlgorithmNotTaken(JWTNotAccepted):
    code = "jwt_algorithm_not_taken"
    title = gettext_noop("The signed token uses an algorithm that is not taken here.")
    remedy = gettext_noop("Sign with one of the algorithms that our metadata lists.")


class JWTKeyNotKnown(JWTNotAccepted):
    code = "jwt_key_not_known"
    title = gettext_noop("No registered key fits the signed token.")
    remedy = gettext_noop("Name the key by its kid, and register it before it signs.")


class JWTSignatureInvalid(JWTNotAccepted):
    code = "jwt_signature_invalid"
    title = gettext_noop("The signature of the token does not match.")
    remedy = gettext_noop("Sign with the private half of the key that the header names.")


class CompactJWS(NamedTuple, Generic[Payload_co]):
    """Split and decoded; nothing about it is verified. The payload is bytes, or claims."""

    header: Mapping[str, Any]
    payload: Payload_co
    signing_input: bytes
    signature: bytes


def split_jws(token: str, *, max_bytes: int) -> CompactJWS[bytes]:
    """Take a compact JWS apart. Raises JWTMalformed."""
    if len(token) > max_bytes:
        raise JWTMalformed("too long")
    parts = token.split(".")
    if len(parts) != _PARTS:
        raise JWTMalformed("not three parts")
    try:
        header = _read_header(parts[0])
        payload, signature = decode_base64url(parts[1]), decode_base64url(parts[2])
    except NotCanonical as error:
        raise JWTMalformed(str(error)) from error
    return CompactJWS(header, payload, f"{parts[0]}.{parts[1]}".encode(), signature)


def read_claims(jws: CompactJWS[bytes]) -> dict[str, Any]:
    """Read the payload as the claims of a JWT. Raises JWTMalformed."""
    try:
        return read_json_object(jws.payload)
    except NotCanonical as error:
        raise JWTMalformed(f"claims: {error}") from error


def _read_header(encoded: str) -> Mapping[str, Any]:
    # An issuer's header, with its chain, is the same in each credential.
    is_kept = len(encoded) <= _LONGEST_KEPT_HEADER
    return _kept_header(encoded) if is_kept else _decode_header(encoded)


def _decode_header(encoded: str) -> Mapping[str, Any]:
    header = read_json_object(decode_base64url(encoded))
    if fault := _fault_of_header(header):
        raise JWTMalformed(fault)
    return MappingProxyType(header)


_kept_header = lru_cache(maxsize=512)(_decode_header)


def verify_jws(jws: CompactJWS[Any], *, algorithms: Collection[str], keys: KeySet) -> Key:
    """Verify with the one key of the set that is meant; return it. Raises JWTNotAccepted."""
    algorithm = _algorithm(jws, algorithms)
    key = keys.find(kid=jws.header.get("kid"), algorithm=algorithm)
    if key is None:
        raise JWTKeyNotKnown(f"kid {jws.header.get('kid')!r} with {algorithm}")
    _require_signature(jws, algorithm=algorithm, key=key.public_key)
    return key


def verify_jws_with_its_own_key(jws: CompactJWS[Any], *, algorithms: Collection[str]) -> Key:
    """Verify with the public key in the header: proof of possession, not of identity."""
    algorithm = _algorithm(jws, algorithms)
    jwk = jws.header.get("jwk")
    if not isinstance(jwk, dict):
        raise JWTMalformed("no jwk in the header")
    try:
        key = read_key(jwk)
    except KeyNotUsable as error:
        raise JWTMalformed(f"jwk: {error}") from error
    if algorithm not in key.algorithms:
        raise JWTAlgorithmNotTaken(f"{algorithm} with the key in the header")
    _require_signature(jws, algorithm=algorithm, key=key.public_key)
    return key


def _fault_of_header(header: Mapping[str, Any]) -> str:
    """Say what no header may have, whichever profile reads it; empty if nothing."""
    if "jku" in header or "x5u" in header:
        return "addresses of keys are never followed (jku, x5u)"
    if "crit" in header:  # we understand no extension, so each is an unknown one
        return f"crit {header['crit']!r}"
    for name in ("alg", "kid", "typ"):
        if name in header and not isinstance(header[name], str):
            return f"{name} is not text"
    return ""


def _algorithm(jws: CompactJWS[Any], algorithms: Collection[str]) -> str:
    algorithm = jws.header.get("alg")
    if algorithm is None:
        raise JWTMalformed("no alg")
    if algorithm not in algorithms:
        raise JWTAlgorithmNotTaken(repr(algorithm))
    return str(algorithm)


def _require_signature(jws: CompactJWS[Any], *, algorithm: str, key: PublicKey) -> None:
    """Check the signature with a key that goes with the algorithm. Raises JWTNotAccepted."""
    digest = _HASHES.get(algorithm[2:])
    try:
        match key:
            case ec.EllipticCurvePublicKey() if algorithm in _ECDSA:
                require_ecdsa(jws, algorithm=algorithm, key=key)
            case rsa.RSAPublicKey() if digest:
                pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
                key.verify(jws.signature, jws.signing_input, pss, digest)
            case ed25519.Ed25519PublicKey():
                key.verify(jws.signature, jws.signing_input)
            case _:
                raise JWTAlgorithmNotTaken(f"{algorithm} with such a key")
    except InvalidSignature as error:
        raise JWTSignatureInvalid("does not verify") from error


def require_ecdsa(
    jws: CompactJWS[Any], *, algorithm: str, key: ec.EllipticCurvePublicKey
) -> None:
    """Check a signature of R || S (RFC 7518, section 3.4). Raises JWTSignatureInvalid."""
    size, scheme = _ECDSA[algorithm]
    raw = jws.signature
    if len(raw) != 2 * size:
        raise JWTSignatureInvalid("wrong length")
    signature = encode_dss_signature(int.from_bytes(raw[:size]), int.from_bytes(raw[size:]))
    try:
        key.verify(signature, jws.signing_input, scheme)
    except InvalidSignature as error:
        raise JWTSignatureInvalid("does not verify") from error
