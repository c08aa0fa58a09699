"""A stored key in the shape of `cryptography`'s private keys, for libraries that want one.

`signing_handle(key_id)` passes for an EllipticCurvePrivateKey, RSAPrivateKey or
Ed25519PrivateKey: X.509 certificate, CSR, CRL and OCSP builders take it in `.sign(handle, …)`.
It signs through the key store and holds nothing private; whatever would need the private
numbers raises `PrivateKeyStaysInItsStore`.
"""

from typing import Any, NoReturn, Self
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed

from corpid.keys.store import key_store


class PrivateKeyStaysInItsStore(TypeError):
    """Somebody asked a handle for private numbers or bytes: a mistake in our own code."""


class _Handle:
    """What all three kinds share: an id, a public key, and refusals."""

    def __init__(self, key_id: UUID, public: Any) -> None:
        self._key_id = key_id
        self._public = public

    def __repr__(self) -> str:
        return f"<signing handle {self._key_id}>"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def public_key(self) -> Any:
        return self._public

    @property
    def key_size(self) -> int:
        return int(self._public.key_size)

    def private_numbers(self) -> NoReturn:
        raise PrivateKeyStaysInItsStore

    def private_bytes(self, *_: Any, **__: Any) -> NoReturn:
        raise PrivateKeyStaysInItsStore

    def private_bytes_raw(self) -> NoReturn:
        raise PrivateKeyStaysInItsStore

    def exchange(self, *_: Any) -> NoReturn:
        raise PrivateKeyStaysInItsStore

    def decrypt(self, *_: Any) -> NoReturn:
        raise PrivateKeyStaysInItsStore

    def _sign(self, data: bytes, algorithm: Any) -> bytes:
        if isinstance(algorithm, Prehashed):
            return key_store().sign(self._key_id, bytes(data))
        digest = hashes.Hash(algorithm)
        digest.update(data)
        return key_store().sign(self._key_id, digest.finalize())


class EllipticCurveHandle(_Handle, ec.EllipticCurvePrivateKey):
    @property
    def curve(self) -> ec.EllipticCurve:
        curve: ec.EllipticCurve = self._public.curve
        return curve

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        return self._sign(data, signature_algorithm.algorithm)


class RSAHandle(_Handle, rsa.RSAPrivateKey):
    def sign(
        self,
        data: Any,
        padding: padding.AsymmetricPadding,
        algorithm: Prehashed | hashes.HashAlgorithm | NoDigestInfo,
    ) -> bytes:
        if padding.name != "EMSA-PKCS1-v1_5":
            raise ValueError(f"a stored RSA key signs with PKCS #1 v1.5, not {padding.name}")
        return self._sign(data, algorithm)


class Ed25519Handle(_Handle, ed25519.Ed25519PrivateKey):
    def sign(self, data: Any) -> bytes:
        return key_store().sign(self._key_id, bytes(data))


SigningHandle = EllipticCurveHandle | RSAHandle | Ed25519Handle


def signing_handle(key_id: UUID) -> SigningHandle:
    """Lend this key to a library that signs with private key objects."""
    public = key_store().public_key(key_id)
    if isinstance(public, ec.EllipticCurvePublicKey):
        return EllipticCurveHandle(key_id, public)
    if isinstance(public, rsa.RSAPublicKey):
        return RSAHandle(key_id, public)
    return Ed25519Handle(key_id, public)
