"""Public keys as JSON Web Keys: read strictly, and named by their thumbprint (RFC 7517, 7638).

Only keys that verify signatures are of interest here. A set that publishes a secret (a private
member, a symmetric key) is refused whole: whoever published it has a problem to solve first.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from corpid.errors import Invalid, gettext_noop
from corpid.protocols.strict_encoding import decode_base64url, encode_base64url

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

_CURVES: dict[str, tuple[ec.EllipticCurve, int]] = {
    "P-256": (ec.SECP256R1(), 32),
    "P-384": (ec.SECP384R1(), 48),
    "P-521": (ec.SECP521R1(), 66),
}
_ALGORITHMS_OF_KEY = {
    "P-256": ("ES256",),
    "P-384": ("ES384",),
    "P-521": ("ES512",),
    "Ed25519": ("EdDSA", "Ed25519"),  # RFC 8037, and its precise name of RFC 9864
    "RSA": ("PS256", "PS384", "PS512"),
}
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_SMALLEST_MODULUS_BITS = 2048
_LARGEST_MODULUS_BITS = 8192  # verification time grows with the square
_SMALLEST_EXPONENT = 65537
_LARGEST_EXPONENT = 2**32


class KeyNotUsable(Invalid):
    code = "jwk_not_usable"
    title = gettext_noop("A key can't be used.")
    remedy = gettext_noop(
        "Publish public EC P-256, Ed25519 or RSA keys (2048 bits or more), each with a kid of "
        "its own, and no secret members."
    )


@dataclass(frozen=True, slots=True)
class Key:
    """A public key that may verify signatures."""

    public_key: PublicKey
    algorithms: tuple[str, ...]
    thumbprint: str  # RFC 7638, SHA-256, base64url
    kid: str | None = None


class KeySet:
    """The signature keys of one party."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = tuple(keys)
        kids = [key.kid for key in self._keys if key.kid is not None]
        if len(kids) != len(set(kids)):
            raise KeyNotUsable("two keys share a kid")

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, *, kid: str | None, algorithm: str) -> Key | None:
        """Find the one key that is meant; None if there is none or more than one."""
        found = [
            key
            for key in self._keys
            if algorithm in key.algorithms and (kid is None or key.kid == kid)
        ]
        return found[0] if len(found) == 1 else None


def read_key_set(jwks: Mapping[str, Any]) -> KeySet:
    """Read a JWK Set (RFC 7517, section 5). Raises KeyNotUsable.

    Keys for encryption and kinds of keys that we don't know are passed over, as the section
    asks; keys that are wrong are refused.
    """
    members = jwks.get("keys")
    if not isinstance(members, list) or not all(isinstance(jwk, dict) for jwk in members):
        raise KeyNotUsable("no list of keys")
    return KeySet(read_key(jwk) for jwk in members if _is_for_signatures(jwk))


def read_key(jwk: Mapping[str, Any]) -> Key:
    """Read one public key for signatures. Raises KeyNotUsable."""
    if not _SECRET_MEMBERS.isdisjoint(jwk) or jwk.get("kty") == "oct":
        raise KeyNotUsable("a secret is published")
    if not _is_for_signatures(jwk):
        raise KeyNotUsable("not a key for signatures")
    try:
        match jwk["kty"]:
            case "EC":
                name = jwk["crv"]
                public_key: PublicKey = _read_ec(name, jwk["x"], jwk["y"])
                required = {"crv": name, "kty": "EC", "x": jwk["x"], "y": jwk["y"]}
            case "OKP":
                name = jwk["crv"]
                if name != "Ed25519":
                    raise KeyNotUsable(f"curve {name!r} is not for signatures")
                public_key = _read_ed25519(jwk["x"])
                required = {"crv": name, "kty": "OKP", "x": jwk["x"]}
            case "RSA":
                name = "RSA"
                public_key = _read_rsa(jwk["n"], jwk["e"])
                required = {"e": jwk["e"], "kty": "RSA", "n": jwk["n"]}
            case kty:
                raise KeyNotUsable(f"kty {kty!r} is unknown")
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # NotCanonical too
        raise KeyNotUsable(f"{type(error).__name__}: {error}") from error
    return Key(
        public_key=public_key,
        algorithms=_algorithms(name, jwk.get("alg")),
        thumbprint=_thumbprint(tuple(required.items())),
        kid=_kid(jwk),
    )


def _is_for_signatures(jwk: Mapping[str, Any]) -> bool:
    operations = jwk.get("key_ops")
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        return False
    return bool(jwk.get("use", "sig") == "sig")


def _kid(jwk: Mapping[str, Any]) -> str | None:
    kid = jwk.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise KeyNotUsable("kid is not text")
    return kid


def _algorithms(name: str, declared: object) -> tuple[str, ...]:
    possible = _ALGORITHMS_OF_KEY[name]
    if declared is None:
        return possible
    if declared not in possible:
        raise KeyNotUsable(f"alg {declared!r} does not go with the key")
    return (str(declared),)


# Proofs carry their key in every request; a holder's key comes again and again.
@lru_cache(maxsize=4096)
def _read_ec(curve: str, x: str, y: str) -> ec.EllipticCurvePublicKey:
    if curve not in _CURVES:
        raise KeyNotUsable(f"curve {curve!r} is unknown")
    parameters, size = _CURVES[curve]
    coordinates = decode_base64url(x), decode_base64url(y)
    if any(len(coordinate) != size for coordinate in coordinates):
        raise KeyNotUsable("a coordinate has the wrong length (RFC 7518, section 6.2.1.2)")
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(coordinates[0]), int.from_bytes(coordinates[1]), parameters
    )
    return numbers.public_key()  # refuses a point off the curve


@lru_cache(maxsize=1024)
def _read_ed25519(x: str) -> ed25519.Ed25519PublicKey:
    return ed25519.Ed25519PublicKey.from_public_bytes(decode_base64url(x))


@lru_cache(maxsize=1024)
def _read_rsa(n: str, e: str) -> rsa.RSAPublicKey:
    modulus, exponent = (int.from_bytes(decode_base64url(part)) for part in (n, e))
    if not _SMALLEST_MODULUS_BITS <= modulus.bit_length() <= _LARGEST_MODULUS_BITS:
        raise KeyNotUsable(f"a modulus of {modulus.bit_length()} bits")
    if not _SMALLEST_EXPONENT <= exponent < _LARGEST_EXPONENT:
        raise KeyNotUsable("an exponent that is too small or too large")
    if _looks_like_roca(modulus):
        raise KeyNotUsable("a modulus of the ROCA kind (CVE-2017-15361)")
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


@lru_cache(maxsize=1)
def _roca_residues() -> tuple[tuple[int, frozenset[int]], ...]:
    """For small primes, the residues that powers of 65537 reach: all that ROCA can give."""
    primes = [n for n in range(3, 168) if all(n % d for d in range(2, n))]
    return tuple((p, frozenset(pow(65537, k, p) for k in range(p - 1))) for p in primes)


def _looks_like_roca(modulus: int) -> bool:
    return all(modulus % prime in residues for prime, residues in _roca_residues())


@lru_cache(maxsize=4096)
def _thumbprint(required: tuple[tuple[str, str], ...]) -> str:
    # Values are base64url or names of ours by now: nothing in them needs escaping.
    canonical = "{" + ",".join(f'"{name}":"{value}"' for name, value in required) + "}"
    digest = hashlib.sha256(canonical.encode()).digest()
    return encode_base64url(digest)
