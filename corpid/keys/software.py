"""Keys in the database under envelope encryption: the default store.

Private key objects and scope keys are kept in bounded, short-lived caches of the process:
parsing a key costs as much as a signature. A scope key is always looked up before it wraps:
one cached from a transaction that was rolled back would seal what nobody can open again.
"""

from typing import cast
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from django.views.decorators.debug import sensitive_variables

from corpid.keys.bounded import Bounded
from corpid.keys.envelope import SealBroken, Secret, key_encryption_keys, open_seal, seal
from corpid.keys.key_pair import GeneratedKey, KeyNotUsable
from corpid.keys.models import Algorithm, Purpose, ScopeKey, SigningKey
from corpid.keys.usable import find_key, find_usable_key
from corpid.protocols.jwk import PublicKey

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

_HASH_OF_LENGTH: dict[int, hashes.HashAlgorithm] = {
    32: hashes.SHA256(),
    48: hashes.SHA384(),
    64: hashes.SHA512(),
}
_PRIVATE_KEYS_KEPT = 2048
_SCOPE_KEYS_KEPT = 4096
_PRIVATE_SECONDS_KEPT = 5.0  # for so long at most does a process use a key retired elsewhere
_SCOPE_SECONDS_KEPT = 60.0
_ID_BYTES = 16


class SoftwareKeyStore:
    def __init__(self) -> None:
        self._roots: dict[str, Secret] | None = None
        self._private_keys: Bounded[UUID, PrivateKey] = Bounded(
            entries=_PRIVATE_KEYS_KEPT, seconds=_PRIVATE_SECONDS_KEPT
        )
        self._scope_keys: Bounded[bytes, Secret] = Bounded(
            entries=_SCOPE_KEYS_KEPT, seconds=_SCOPE_SECONDS_KEPT
        )
        self._wrapped_scope_keys: Bounded[UUID, ScopeKey] = Bounded(
            entries=_SCOPE_KEYS_KEPT, seconds=_SCOPE_SECONDS_KEPT
        )

    @sensitive_variables()
    def generate(
        self, *, key_id: UUID, purpose: Purpose, algorithm: Algorithm, wrapping_scope: str
    ) -> GeneratedKey:
        private_key = _draw(algorithm)
        data_key = Secret.draw()
        private_bytes = private_key.private_bytes(
            Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
        )
        names = (_scope_purpose(purpose), wrapping_scope, str(key_id))
        return GeneratedKey(
            backend=SigningKey.Backend.SOFTWARE,
            public_key_der=private_key.public_key().public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            ),
            wrapped_data_key=self.wrap(
                names[0], wrapping_scope, data_key.reveal(), record=str(key_id)
            ),
            sealed_private_key=seal(data_key, private_bytes, *names),
        )

    def sign(self, key_id: UUID, digest: bytes) -> bytes:
        key = self._private_keys.get(key_id, lambda: self._load(key_id))
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return key.sign(digest)
        hashed_by = Prehashed(_HASH_OF_LENGTH[len(digest)])
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(digest, padding.PKCS1v15(), hashed_by)
        return key.sign(digest, ec.ECDSA(hashed_by))

    def public_key(self, key_id: UUID) -> PublicKey:
        return find_key(key_id).public_key()

    @sensitive_variables("plaintext", "scope_key")
    def wrap(self, purpose: str, scope_id: str, plaintext: bytes, *, record: str = "") -> bytes:
        row = self._scope_key_row(purpose, scope_id)
        scope_key = self._open_scope_key(row)
        return row.id.bytes + seal(scope_key, plaintext, purpose, scope_id, record)

    def unwrap(self, purpose: str, scope_id: str, wrapped: bytes, *, record: str = "") -> bytes:
        row_id = UUID(bytes=bytes(wrapped[:_ID_BYTES].ljust(_ID_BYTES, b"\0")))
        row = self._wrapped_scope_keys.get(row_id, lambda: _find_scope_key(row_id))
        envelope = bytes(wrapped[_ID_BYTES:])
        return open_seal(self._open_scope_key(row), envelope, purpose, scope_id, record)

    def check(self) -> None:
        if self.unwrap("readiness", "", self.wrap("readiness", "", b"opens")) != b"opens":
            raise SealBroken("opens as something else")

    def forget(self) -> None:
        self._roots = None
        self._private_keys.clear()
        self._scope_keys.clear()
        self._wrapped_scope_keys.clear()

    def _load(self, key_id: UUID) -> PrivateKey:
        return self._open_private_key(find_usable_key(key_id))

    @sensitive_variables()
    def _open_private_key(self, row: SigningKey) -> PrivateKey:
        if row.wrapped_data_key is None or row.sealed_private_key is None:
            raise KeyNotUsable(f"{row} is kept by {row.backend}")
        names = (_scope_purpose(row.purpose), row.wrapping_scope, str(row.id))
        data_key = Secret(
            self.unwrap(names[0], names[1], bytes(row.wrapped_data_key), record=names[2])
        )
        private_bytes = open_seal(data_key, bytes(row.sealed_private_key), *names)
        # Checking an RSA key's numbers takes as long as 100 signatures; the seal has shown that
        # they are those that were made here.
        opened = load_der_private_key(
            private_bytes, password=None, unsafe_skip_rsa_key_validation=True
        )
        return cast("PrivateKey", opened)

    @sensitive_variables("drawn")
    def _scope_key_row(self, purpose: str, scope_id: str) -> ScopeKey:
        found = ScopeKey.objects.filter(purpose=purpose, scope_id=scope_id).first()
        if found is not None:
            return found
        root = next(iter(self._root_keys().values()))
        drawn = Secret.draw()
        made = ScopeKey(purpose=purpose, scope_id=scope_id, wrapped_by=root.fingerprint())
        made.wrapped_key = seal(root, drawn.reveal(), purpose, scope_id, str(made.id))
        ScopeKey.objects.bulk_create([made], ignore_conflicts=True)  # perhaps a twin was first
        return ScopeKey.objects.get(purpose=purpose, scope_id=scope_id)

    def _open_scope_key(self, row: ScopeKey) -> Secret:
        wrapped = bytes(row.wrapped_key)
        return self._scope_keys.get(wrapped, lambda: self._unwrap_scope_key(row))

    def _unwrap_scope_key(self, row: ScopeKey) -> Secret:
        root = self._root_keys().get(row.wrapped_by)
        if root is None:
            raise SealBroken(f"wrapped by key-encryption key {row.wrapped_by}, not given here")
        names = (row.purpose, row.scope_id, str(row.id))
        return Secret(open_seal(root, bytes(row.wrapped_key), *names))

    def _root_keys(self) -> dict[str, Secret]:
        if self._roots is None:
            self._roots = key_encryption_keys()
        return self._roots


def _draw(algorithm: Algorithm) -> PrivateKey:
    if algorithm == Algorithm.ES256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == Algorithm.RS256:
        return rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return ed25519.Ed25519PrivateKey.generate()


def _scope_purpose(purpose: str) -> str:
    return f"signing-key:{purpose}"


def _find_scope_key(row_id: UUID) -> ScopeKey:
    found = ScopeKey.objects.filter(id=row_id).first()
    if found is None:
        raise SealBroken(f"its scope key {row_id} is not here")
    return found
