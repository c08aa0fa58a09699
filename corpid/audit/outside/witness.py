"""Witnesses: other parties that cosign a head only if it adds to all that they had seen.

The client's side of C2SP tlog-witness. An address is the witness's URL with its verifier key
(or a file that holds it) as the fragment: `https://witness.example/#name+hash+key`.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag

import httpcore2
from django.conf import settings

from corpid.audit.outside.place import PlaceNotAvailable
from corpid.protocols.checkpoint import NoteNotAuthentic
from corpid.protocols.cosignature import CosignerKey, find_cosignature

_PATIENCE = {"connect": 2.0, "read": 3.0, "write": 2.0, "pool": 1.0}
_LARGEST_ANSWER = 16 * 1024
_OK, _CONFLICT = 200, 409
_SIZE = b"text/x.tlog.size"
_SIZE_DIGITS = 19


class WitnessRefuses(PlaceNotAvailable):
    """The witness answered, and did not cosign. A log that was rolled back hears it here."""


class _KnowsAnotherSize(Exception):
    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


@dataclass(frozen=True, slots=True)
class Witness:
    url: str
    key_or_file: str

    @property
    def name(self) -> str:
        return self.url

    def key(self) -> CosignerKey:
        """Read the witness's key. Raises PlaceNotAvailable where its file is not there yet."""
        try:
            path = Path(self.key_or_file)
            text = path.read_text() if path.is_absolute() else self.key_or_file
            return CosignerKey.read(text)
        except (OSError, ValueError) as error:
            raise PlaceNotAvailable(f"no key of the witness: {type(error).__name__}") from error

    def cosign(
        self, note: str, *, size: int, known: int, prove: Callable[[int], Sequence[bytes]]
    ) -> str:
        """Get the witness's signature line; `prove(old)` proves that this head adds to old.

        `known` is the size that the witness has cosigned last, as far as we know; it tells if
        it is another. Raises PlaceNotAvailable, WitnessRefuses.
        """
        key = self.key()
        try:
            lines = self._ask(note, min(known, size), prove)
        except _KnowsAnotherSize as corrected:
            if corrected.size > size:
                raise WitnessRefuses(
                    f"it has cosigned {corrected.size} events, this log has {size}"
                ) from corrected
            lines = self._ask_again(note, corrected.size, prove)
        try:
            return find_cosignature(note.rpartition("\n\n")[0] + "\n", lines, key=key)
        except NoteNotAuthentic as error:
            raise WitnessRefuses(str(error)) from error

    def _ask_again(self, note: str, old: int, prove: Callable[[int], Sequence[bytes]]) -> str:
        try:
            return self._ask(note, old, prove)
        except _KnowsAnotherSize as again:
            raise WitnessRefuses(f"its size moves: {old}, {again.size}") from again

    def _ask(self, note: str, old: int, prove: Callable[[int], Sequence[bytes]]) -> str:
        proof = "".join(f"{base64.b64encode(step).decode()}\n" for step in prove(old))
        status, content_type, answer = self._post(f"old {old}\n{proof}\n{note}".encode())
        if status == _OK:
            return answer
        size = answer.strip()
        is_size = content_type == _SIZE and size.isdecimal() and len(size) <= _SIZE_DIGITS
        if status == _CONFLICT and is_size:
            raise _KnowsAnotherSize(int(size))
        raise WitnessRefuses(f"HTTP {status}")

    def _post(self, body: bytes) -> tuple[int, bytes, str]:
        try:
            with (
                httpcore2.ConnectionPool() as pool,
                pool.stream(
                    "POST",
                    f"{self.url.rstrip('/')}/add-checkpoint",
                    headers={"Content-Type": "text/plain; charset=utf-8"},
                    content=body,
                    extensions={"timeout": _PATIENCE},
                ) as answer,
            ):
                content = b""
                for part in answer.iter_stream():
                    content += part
                    if len(content) > _LARGEST_ANSWER:
                        raise WitnessRefuses("its answer is too long")
                kinds = [
                    value.lower()
                    for name, value in answer.headers
                    if name.lower() == b"content-type"
                ]
                return answer.status, b"".join(kinds), content.decode(errors="replace")
        except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
            raise PlaceNotAvailable(type(error).__name__) from error
        except httpcore2.ProtocolError as error:
            raise PlaceNotAvailable(type(error).__name__) from error


def witnesses() -> list[Witness]:
    return [Witness(*urldefrag(address)) for address in settings.AUDIT_WITNESSES]
