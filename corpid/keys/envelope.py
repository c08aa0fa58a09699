"""AES-256-GCM envelopes, and the key-encryption key at their root.

An envelope is `version 1 byte | nonce 12 bytes | ciphertext and tag`. Its associated data are
the names it was made for, so that a ciphertext moved to another row, company or purpose does
not open. Nonces are random: a data key seals one body, a scope key wraps far fewer than 2^32
data keys (NIST SP 800-38D, section 8.3).
"""

import base64
import binascii
import hashlib
import json
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

from corpid.errors import NotAvailable, gettext_noop

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12


class SealBroken(NotAvailable):
    """A wrapped value does not open: changed, from elsewhere, or its key is destroyed."""

    code = "seal_broken"
    title = gettext_noop("Something that we keep sealed can't be opened.")
    remedy = gettext_noop("Try again in a few minutes. If it stays so, tell our help desk.")


class Secret:
    """Key bytes that say nothing of themselves in a repr and refuse to be pickled or copied."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        if len(value) != KEY_BYTES:
            raise ValueError("a key has 32 bytes")
        self._value = value

    @classmethod
    def draw(cls) -> "Secret":
        return cls(secrets.token_bytes(KEY_BYTES))

    def reveal(self) -> bytes:
        return self._value

    def fingerprint(self) -> str:
        """Name the key without telling it: 64 bits of a domain-separated hash."""
        return hashlib.sha256(b"corpid key fingerprint\0" + self._value).hexdigest()[:16]

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> str:
        raise TypeError("a key is not pickled or copied")


@sensitive_variables()
def seal(key: Secret, plaintext: bytes, *names: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return (
        _VERSION
        + nonce
        + AESGCM(key.reveal()).encrypt(nonce, plaintext, _associated_data(names))
    )


@sensitive_variables()
def open_seal(key: Secret, envelope: bytes, *names: str) -> bytes:
    if envelope[:1] != _VERSION:
        raise SealBroken("not an envelope of ours")
    nonce, ciphertext = envelope[1 : 1 + _NONCE_BYTES], envelope[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key.reveal()).decrypt(nonce, ciphertext, _associated_data(names))
    except (InvalidTag, ValueError) as error:
        raise SealBroken(f"does not open as {names}") from error


def _associated_data(names: tuple[str, ...]) -> bytes:
    return json.dumps(names, ensure_ascii=True).encode()  # a list: no name can pose as two


@sensitive_variables()
def key_encryption_keys() -> dict[str, Secret]:
    """Read the present key first, then those it replaces, by fingerprint."""
    texts = [settings.KEY_ENCRYPTION_KEY, *settings.PREVIOUS_KEY_ENCRYPTION_KEYS]
    keys = [_read_key(text) for text in texts]
    return {key.fingerprint(): key for key in keys}


@sensitive_variables()
def _read_key(text: str) -> Secret:
    try:
        return Secret(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        reason = "KEY_ENCRYPTION_KEY must be 32 bytes in base64url."
        raise ImproperlyConfigured(reason) from error
