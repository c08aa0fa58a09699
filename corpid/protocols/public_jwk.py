"""Public keys written as JSON Web Keys (RFC 7517; RFC 7518, section 6; RFC 8037, section 2)."""

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from corpid.protocols.jwk import PublicKey
from corpid.protocols.strict_encoding import encode_base64url

_CURVE_NAMES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def public_jwk(key: PublicKey) -> dict[str, str]:
    """Give the members that make the key: kty and its numbers, without kid, use and alg."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_numbers()
        size = (key.key_size + 7) // 8  # leading zeros stay (RFC 7518, section 6.2.1.2)
        return {
            "kty": "EC",
            "crv": _CURVE_NAMES[key.curve.name],
            "x": encode_base64url(point.x.to_bytes(size)),
            "y": encode_base64url(point.y.to_bytes(size)),
        }
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {"kty": "RSA", "n": _base64url_uint(numbers.n), "e": _base64url_uint(numbers.e)}
    return {"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(key.public_bytes_raw())}


def _base64url_uint(number: int) -> str:
    return encode_base64url(number.to_bytes((number.bit_length() + 7) // 8))
