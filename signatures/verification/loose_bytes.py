"""Bytes of a signed file that no signature holds, and that no reader shows.

A signature's `/Contents` is a slot of hexadecimal digits, larger than what it holds, and its
byte range leaves the slot out (ISO 32000-2, 12.8.1); behind the last `%%EOF` anything may
stand. Changing such a byte changes no meaning, but the file is then no longer *exactly* what
was signed.
"""

import re
from collections.abc import Iterable, Sequence

_SLOT = re.compile(rb"<(?:[0-9a-f]*|[0-9A-F]*)>")
_LONG_FORM = 0x80
_MOST_LENGTH_BYTES = 4


def has_loose_bytes(
    content: bytes, *, byte_ranges: Iterable[Sequence[int]], last_xref: int
) -> bool:
    """Say whether anything stands where only padding, or nothing, may stand.

    `byte_ranges` are those of all signatures and document time-stamps; `last_xref` is where the
    newest cross-reference section begins.
    """
    ends = [0]
    for start, length, again, rest in byte_ranges:
        if not _is_padded_with_zeros(content[start + length : again]):
            return True
        ends.append(again + rest)
    held = max(ends)
    behind = content[held:]
    if last_xref < held:  # no revision after the last signature
        return bool(behind)
    return bool(behind[behind.rfind(b"%%EOF") + len(b"%%EOF") :].strip(b"\r\n"))


def _is_padded_with_zeros(slot: bytes) -> bool:
    if not _SLOT.fullmatch(slot) or len(slot) % 2:
        return False
    held = bytes.fromhex(slot[1:-1].decode("ascii"))
    return not any(held[_der_length(held) :])


def _der_length(held: bytes) -> int:
    """Give the length of the one DER element at the beginning, header included (X.690, 8.1)."""
    if len(held) < 2 or held[1] == _LONG_FORM or held[1] - _LONG_FORM > _MOST_LENGTH_BYTES:  # noqa: PLR2004  tag and length
        return 0
    if held[1] < _LONG_FORM:
        return 2 + held[1]
    size = held[1] - _LONG_FORM
    return 2 + size + int.from_bytes(held[2 : 2 + size], "big")
