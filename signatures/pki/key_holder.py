"""Someone who can sign: a certificate, and a way to have a digest signed by its key."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from asn1crypto import algos
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

# Takes a SHA-256 digest; gives a DER ECDSA or a PKCS #1 v1.5 signature, as the key has it.
SignDigest = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class KeyHolder:
    certificate: x509.Certificate
    sign_digest: SignDigest
    chain: tuple[x509.Certificate, ...] = ()  # issuers, nearest first, without the root

    def sign(self, content: bytes) -> bytes:
        return self.sign_digest(hashlib.sha256(content).digest())

    @property
    def signature_algorithm(self) -> algos.SignedDigestAlgorithm:
        return signature_algorithm_of(self.certificate.public_key())

    @property
    def certificate_der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def signature_algorithm_of(key: CertificatePublicKeyTypes) -> algos.SignedDigestAlgorithm:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    if isinstance(key, rsa.RSAPublicKey):
        return algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
    raise TypeError(f"{type(key).__name__} does not sign here")


StandIn = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@cache
def _stand_in(kind: type) -> StandIn:
    if kind is ec.EllipticCurvePublicKey:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def stand_in_for(key: CertificatePublicKeyTypes) -> StandIn:
    """Give a throw-away key of the same kind.

    cryptography's builders encode and sign in one step and want the private key itself. So they
    sign with a stand-in, and the signature is replaced by one from the real key: what is signed
    (the algorithm identifier is part of it) is the same.
    """
    is_elliptic = isinstance(key, ec.EllipticCurvePublicKey)
    return _stand_in(ec.EllipticCurvePublicKey if is_elliptic else rsa.RSAPublicKey)


DIGEST = SHA256()
