"""The store where a PKCS #11 token keeps keys: those of the purposes it is given.

Keys made before there was a token, and those of other purposes, stay where they are: the row
says which of the two keeps a key. Scope keys and records' data keys are wrapped in software,
under the key-encryption key, as ever.
"""

from collections.abc import Collection
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.views.decorators.debug import sensitive_variables

from corpid.keys.bounded import Bounded
from corpid.keys.key_pair import GeneratedKey
from corpid.keys.models import Algorithm, Purpose, SigningKey
from corpid.keys.software import SoftwareKeyStore
from corpid.keys.token import Token
from corpid.keys.usable import find_key, find_usable_key
from corpid.protocols.jwk import PublicKey

_ROWS_KEPT = 4096
_SECONDS_KEPT = 5.0  # for so long at most does a process use a key retired elsewhere


class KeyStoreWithToken:
    def __init__(self, *, token: Token, purposes: Collection[str]) -> None:
        self._token = token
        self._purposes = frozenset(purposes)
        self._software = SoftwareKeyStore()
        self._usable: Bounded[UUID, SigningKey] = Bounded(
            entries=_ROWS_KEPT, seconds=_SECONDS_KEPT
        )

    def generate(
        self, *, key_id: UUID, purpose: Purpose, algorithm: Algorithm, wrapping_scope: str
    ) -> GeneratedKey:
        if purpose not in self._purposes:
            return self._software.generate(
                key_id=key_id,
                purpose=purpose,
                algorithm=algorithm,
                wrapping_scope=wrapping_scope,
            )
        public = self._token.generate(key_id, algorithm)
        return GeneratedKey(
            backend=SigningKey.Backend.PKCS11,
            public_key_der=public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        )

    def sign(self, key_id: UUID, digest: bytes) -> bytes:
        key = self._usable.get(key_id, lambda: find_usable_key(key_id))
        if key.backend == SigningKey.Backend.PKCS11:
            return self._token.sign(key_id, Algorithm(key.algorithm), digest)
        return self._software.sign(key_id, digest)

    def public_key(self, key_id: UUID) -> PublicKey:
        return find_key(key_id).public_key()

    @sensitive_variables("plaintext")
    def wrap(self, purpose: str, scope_id: str, plaintext: bytes, *, record: str = "") -> bytes:
        return self._software.wrap(purpose, scope_id, plaintext, record=record)

    def unwrap(self, purpose: str, scope_id: str, wrapped: bytes, *, record: str = "") -> bytes:
        return self._software.unwrap(purpose, scope_id, wrapped, record=record)

    def check(self) -> None:
        self._software.check()
        self._token.check()

    def forget(self) -> None:
        self._usable.clear()
        self._software.forget()
        self._token.forget()
