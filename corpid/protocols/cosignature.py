r"""Cosignatures of witnesses on checkpoints: C2SP tlog-cosignature, Ed25519 (v1).

A witness states that, of this log, it has seen nothing longer than the checkpoint, and that it
only adds to all that it had seen. It signs
`cosignature/v1\ntime <seconds>\n<text of the checkpoint>` and sends a signature line whose
content is key id, 64 bits of time, signature.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from corpid.protocols.checkpoint import NoteNotAuthentic, VerifierKey

_KEY_ID_BYTES, _TIME_BYTES, _SIGNATURE_BYTES = 4, 8, 64
_LATEST = 2**63 - 1
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class CosignerKey(VerifierKey):
    """A witness's public key with its name (signature type 0x04)."""

    SIGNATURE_TYPE: ClassVar[bytes] = b"\x04"


def cosignature_line(
    text: str, *, key: CosignerKey, seconds: int, sign: Callable[[bytes], bytes]
) -> str:
    """Make the line that a witness adds to a checkpoint's note; no newline at its end."""
    content = key.key_id + seconds.to_bytes(_TIME_BYTES, "big") + sign(_signed(text, seconds))
    return f"— {key.name} {base64.b64encode(content).decode()}"


def find_cosignature(text: str, lines: str, *, key: CosignerKey) -> str:
    """Give the line by this key from a witness's answer, or from the signatures of a note.

    Lines of unknown keys are passed over. Raises NoteNotAuthentic if there is none, or it does
    not sign this text.
    """
    for line in lines.splitlines():
        if _seconds_signed_by(line, text, key) is not None:
            return line
    raise NoteNotAuthentic(f"not cosigned by {key.name}")


def cosigned_at(note: str, *, key: CosignerKey) -> int:
    """Give the moment (seconds since 1970) of this key's cosignature on a note.

    Raises NoteNotAuthentic if there is none, or it does not sign this note.
    """
    text, separator, lines = note.rpartition("\n\n")
    for line in lines.splitlines() if separator else []:
        seconds = _seconds_signed_by(line, text + "\n", key)
        if seconds is not None:
            return seconds
    raise NoteNotAuthentic(f"not cosigned by {key.name}")


def _seconds_signed_by(line: str, text: str, key: CosignerKey) -> int | None:
    found = _LINE.fullmatch(line)
    if found is None:
        raise NoteNotAuthentic("a malformed signature line")
    try:
        content = base64.b64decode(found[2], validate=True)
    except binascii.Error as error:
        raise NoteNotAuthentic("not base64") from error
    key_id, rest = content[:_KEY_ID_BYTES], content[_KEY_ID_BYTES:]
    if found[1] != key.name or key_id != key.key_id:
        return None
    seconds = int.from_bytes(rest[:_TIME_BYTES], "big")
    if len(rest) != _TIME_BYTES + _SIGNATURE_BYTES or seconds > _LATEST:
        raise NoteNotAuthentic("not a cosignature")
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(
            rest[_TIME_BYTES:], _signed(text, seconds)
        )
    except InvalidSignature as error:
        raise NoteNotAuthentic(f"the cosignature of {key.name} does not hold") from error
    return seconds


def _signed(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
