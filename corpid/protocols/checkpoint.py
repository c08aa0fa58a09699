r"""Signed tree heads: C2SP signed-note and tlog-checkpoint, with Ed25519 signatures.

A note is a text that ends with a newline, a blank line, and signature lines
`— <key name> <base64(4 bytes of key id || signature)>`. A checkpoint is a note whose text is
`<origin>\n<size>\n<base64 root>\n`. Whoever verifies knows the key beforehand, as a verifier
key (`name+hash+base64`); lines of unknown keys (witnesses) are passed over, a bad signature of
a known key refuses the note.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from corpid.protocols.merkle import HASH_BYTES

_KEY_ID_BYTES = 4
_LARGEST_NOTE = 1_000_000
_MOST_SIGNATURES = 100
_NAME = re.compile(r"[^\s+]+")
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES_OF_A_CHECKPOINT = 3


class NoteNotAuthentic(ValueError):
    """The note is malformed, or not signed by the key that was asked for."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name: what a verifier must know beforehand."""

    SIGNATURE_TYPE: ClassVar[bytes] = b"\x01"  # signed-note, "Signature types"
    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError("a key name has neither spaces nor a plus sign")

    @property
    def key_id(self) -> bytes:
        named = self.name.encode() + b"\n" + self.SIGNATURE_TYPE + self.public_key
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        encoded = base64.b64encode(self.SIGNATURE_TYPE + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `name+hash+base64`; raise ValueError if the hash is not that of the key."""
        name, hash_text, encoded = text.strip().split("+", 2)
        decoded = base64.b64decode(encoded, validate=True)
        if decoded[:1] != cls.SIGNATURE_TYPE or len(decoded) != 1 + HASH_BYTES:
            raise ValueError("not an Ed25519 verifier key of this type")
        key = cls(name, decoded[1:])
        if key.key_id.hex() != hash_text:
            raise ValueError("the hash in the verifier key is another key's")
        return key


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: which log, how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_note(text: str, *, key: VerifierKey, sign: Callable[[bytes], bytes]) -> str:
    """Add a blank line and one signature line; `sign` signs bytes with Ed25519."""
    if not text.endswith("\n") or "\n\n" in text or _CONTROL.search(text):
        raise ValueError("not the text of a note")
    signature = base64.b64encode(key.key_id + sign(text.encode())).decode()
    return f"{text}\n— {key.name} {signature}\n"


def verify_note(note: str, *, key: VerifierKey) -> str:
    """Give the text that this key has signed; raise NoteNotAuthentic otherwise."""
    text, lines = _split(note)
    for line in lines:
        found = _SIGNATURE_LINE.fullmatch(line)
        if found is None:
            raise NoteNotAuthentic("a malformed signature line")
        signed = _decode(found[2])
        if found[1] == key.name and signed[:_KEY_ID_BYTES] == key.key_id:
            _verify(key, signed[_KEY_ID_BYTES:], text)
            return text
    raise NoteNotAuthentic(f"not signed by {key.name}")


def read_checkpoint(note: str, *, key: VerifierKey) -> Checkpoint:
    """Read a checkpoint signed by this key; its origin is the key's name."""
    text = verify_note(note, key=key)
    lines = text.split("\n")
    if len(lines) <= _LINES_OF_A_CHECKPOINT:
        raise NoteNotAuthentic("not a checkpoint")
    origin, size, root = lines[:_LINES_OF_A_CHECKPOINT]
    if origin != key.name:
        raise NoteNotAuthentic(f"a checkpoint of another log: {origin}")
    decoded = _decode(root)
    if not _SIZE.fullmatch(size) or len(decoded) != HASH_BYTES:
        raise NoteNotAuthentic("not a checkpoint")
    return Checkpoint(origin=origin, size=int(size), root=decoded)


def _split(note: str) -> tuple[str, list[str]]:
    if len(note) > _LARGEST_NOTE or not note.endswith("\n"):
        raise NoteNotAuthentic("not a note")
    text, blank, signatures = note.rpartition("\n\n")
    lines = signatures[:-1].split("\n")
    if not blank or len(lines) > _MOST_SIGNATURES:
        raise NoteNotAuthentic("not a note")
    return text + "\n", lines


def _decode(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise NoteNotAuthentic("not base64") from error


def _verify(key: VerifierKey, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, text.encode())
    except InvalidSignature as error:
        raise NoteNotAuthentic(f"the signature of {key.name} does not hold") from error
