"""What a store of keys does for the rest of the house, whoever keeps the keys.

Everybody asks `key_store()`; settings decide what answers. Keys are named by id, private
halves never leave the store. One store per process, opened at its first use and forgotten in a
forked child: neither a PKCS #11 session nor a cached key crosses a fork.

For X.509 and CMS, which want a private key object, `handles.signing_handle(key_id)` gives one
that signs through the store; `cryptography`'s certificate, CSR, CRL and OCSP builders take it
as they take a real one. pyHanko and asn1crypto callers sign the digest themselves:
`key_store().sign(key_id, sha256(to_be_signed))` is exactly the signature value they embed.
"""

from functools import cache
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from corpid.keys.key_pair import GeneratedKey
from corpid.keys.models import Algorithm, Purpose
from corpid.keys.software import SoftwareKeyStore
from corpid.keys.token import Token
from corpid.keys.with_token import KeyStoreWithToken
from corpid.protocols.jwk import PublicKey


class KeyStore(Protocol):
    def generate(
        self, *, key_id: UUID, purpose: Purpose, algorithm: Algorithm, wrapping_scope: str
    ) -> GeneratedKey:
        """Make a key pair under this id; the caller writes the row."""

    def sign(self, key_id: UUID, digest: bytes) -> bytes:
        """Sign a digest: DER ECDSA, or RSA PKCS #1 v1.5, as the key's algorithm has it.

        The digest's length names its hash (32, 48, 64: SHA-256, -384, -512). An Ed25519 key
        signs the message itself (RFC 8032 knows no other way): give that instead.
        """

    def public_key(self, key_id: UUID) -> PublicKey: ...

    def wrap(self, purpose: str, scope_id: str, plaintext: bytes, *, record: str = "") -> bytes:
        """Encrypt a small secret (a data key) so that it opens for the same names alone."""

    def unwrap(self, purpose: str, scope_id: str, wrapped: bytes, *, record: str = "") -> bytes:
        """Raise SealBroken unless purpose, scope and record are those it was wrapped for."""

    def check(self) -> None:
        """Raise NotAvailable unless every part of the store answers."""

    def forget(self) -> None:
        """Drop every cached key and session; the next use opens them again."""


@cache
def key_store() -> KeyStore:
    """Give this process its store."""
    if not settings.PKCS11_MODULE:
        return SoftwareKeyStore()
    token = Token(
        module=settings.PKCS11_MODULE,
        label=settings.PKCS11_TOKEN_LABEL,
        pin=settings.PKCS11_TOKEN_PIN,
    )
    return KeyStoreWithToken(token=token, purposes=_purposes_of_token())


def _purposes_of_token() -> list[str]:
    unknown = set(settings.PKCS11_PURPOSES) - set(Purpose.values)
    if unknown:
        raise ImproperlyConfigured(f"PKCS11_PURPOSES: no such purpose {sorted(unknown)}.")
    return settings.PKCS11_PURPOSES or Purpose.values
