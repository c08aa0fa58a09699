"""Throw-away P-256 keys in the shape that protocol modules take."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from corpid.protocols.es256 import Sign

_PREHASHED = ec.ECDSA(Prehashed(hashes.SHA256()))


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def signer(key: ec.EllipticCurvePrivateKey) -> Sign:
    return lambda digest: key.sign(digest, _PREHASHED)
