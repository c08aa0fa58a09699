"""Identifiers that we make: ordered ones for rows, unguessable ones for outsiders."""

import re
import secrets
import time
import uuid

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing to misread
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z")
_OUTSIDE_ID = re.compile(r"[a-z]{2,8}_[0-9a-z]{26}\Z")


def uuid7() -> uuid.UUID:
    """Make a UUID of version 7 (RFC 9562, section 5.7): ordered by the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= secrets.randbits(12) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return uuid.UUID(int=value)


def outside_id(prefix: str) -> str:
    """Make an identifier that outsiders see: a prefix and 130 random bits, `sig_4f…`."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(26))}"


def is_outside_id(text: str) -> bool:
    """Tell whether a text could be one: what can't be need not be looked up."""
    return _OUTSIDE_ID.match(text) is not None


def is_identifier(text: str) -> bool:
    """Tell whether a text is an identifier that we made: nothing of what it names is in it."""
    return _UUID.match(text) is not None or is_outside_id(text)
