"""Token Status List: many credentials' statuses in one compressed, signed array of bits.

draft-ietf-oauth-status-list-14, the version that HAIP 1.0 names; JWT only. A status of `bits`
bits stands at an index; indices fill each byte from its least significant bit (section 4.1).
"""

import hmac
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from corpid.errors import CorpIDError, Invalid, NotAvailable, gettext_noop
from corpid.protocols.es256 import (
    CompactJWS,
    Sign,
    read_compact,
    require_signature,
    sign_compact,
)
from corpid.protocols.strict_encoding import NotCanonical, decode_base64url, encode_base64url

STATUS_LIST_TYPE = "statuslist+jwt"
MEDIA_TYPE = "application/statuslist+jwt"
MAX_BYTES = 8 * 1024 * 1024  # inflated: 2^25 statuses of 2 bits
MAX_TOKEN_BYTES = 4 * 1024 * 1024

_BITS = frozenset({1, 2, 4, 8})


class Status(IntEnum):
    """Section 7.1."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2


class StatusNotKnown(NotAvailable):
    """Fail closed: a list that can't be relied on says nothing, and never `valid`."""

    code = "status_not_known"
    title = gettext_noop("We can't tell now whether the credential is in force.")
    remedy = gettext_noop("Try again in a few minutes; do not rely on it until then.")


class StatusListNotValid(Invalid):
    code = "status_list_not_valid"
    title = gettext_noop("The status list that the credential names can't be relied on.")
    remedy = gettext_noop("Do not rely on the credential; ask its issuer.")


@dataclass(frozen=True, slots=True)
class StatusReference:
    """Where a credential's status stands: `status.status_list` of its claims (section 6.2)."""

    uri: str
    index: int


@dataclass(frozen=True, slots=True)
class StatusListToken:
    """A verified status list."""

    uri: str
    bits: int
    content: bytes
    issued_at: int
    expires_at: int | None
    ttl: int | None

    def status(self, index: int) -> int:
        return status_at(self.content, index, bits=self.bits)


def empty_list(size: int, *, bits: int = 2) -> bytearray:
    """Make a list whose statuses are all valid; the size fills whole bytes."""
    if bits not in _BITS or size <= 0 or size * bits % 8:
        raise ValueError("a status has 1, 2, 4 or 8 bits, and a list has whole bytes")
    return bytearray(size * bits // 8)


def put_status(content: bytearray, index: int, status: int, *, bits: int = 2) -> None:
    """Write one status in place."""
    mask = (1 << bits) - 1
    if not 0 <= status <= mask or not 0 <= index < len(content) * 8 // bits:
        raise ValueError("no such status or index")
    byte, place = divmod(index * bits, 8)
    content[byte] = content[byte] & ~(mask << place) | status << place


def status_at(content: bytes | bytearray, index: int, *, bits: int = 2) -> int:
    """Read one status; an index outside the list is refused (section 8.3)."""
    if not 0 <= index < len(content) * 8 // bits:
        raise StatusListNotValid("the index is outside the list")
    byte, place = divmod(index * bits, 8)
    return content[byte] >> place & (1 << bits) - 1


def fill_list(
    size: int,
    statuses: Iterable[tuple[int, int]],
    *,
    bits: int = 2,
    begin_with: bytes | None = None,
) -> bytes:
    """Make a list from those statuses that are not `valid`, or not as in `begin_with`."""
    content = empty_list(size, bits=bits) if begin_with is None else bytearray(begin_with)
    for index, status in statuses:
        put_status(content, index, status, bits=bits)
    return bytes(content)


def compress_list(content: bytes, *, level: int = 9) -> str:
    """Compress (zlib, section 4.1) and encode; level 9 gives the bytes of its examples."""
    return encode_base64url(zlib.compress(content, level))


def inflate_list(encoded: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Decode and inflate, never beyond `max_bytes`: a bomb is refused while it grows."""
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(decode_base64url(encoded), max_bytes)
    except (NotCanonical, zlib.error) as error:
        raise StatusListNotValid(f"lst: {error}") from error
    if not inflater.eof or inflater.unused_data:
        raise StatusListNotValid("too long, cut short, or followed by something")
    return content


def sign_status_list(
    *,
    uri: str,
    content: bytes,
    bits: int,
    at: datetime,
    ttl: timedelta,
    expires_at: datetime,
    header: Mapping[str, Any],
    sign: Sign,
    level: int = 9,
) -> str:
    """Make the status list token (section 5.1). `header` names the key (kid, x5c)."""
    claims = {
        "sub": uri,
        "iat": int(at.timestamp()),
        "exp": int(expires_at.timestamp()),
        "ttl": int(ttl.total_seconds()),
        "status_list": {"bits": bits, "lst": compress_list(content, level=level)},
    }
    return sign_compact({"typ": STATUS_LIST_TYPE, **header}, claims, sign)


def reference_of(claims: Mapping[str, Any]) -> StatusReference | None:
    """Read a credential's reference; None if it has none. Raises StatusListNotValid."""
    status = claims.get("status")
    if status is None:
        return None
    entry = status.get("status_list") if isinstance(status, Mapping) else None
    uri = entry.get("uri") if isinstance(entry, Mapping) else None
    index = entry.get("idx") if isinstance(entry, Mapping) else None
    if not isinstance(uri, str) or isinstance(index, bool) or not isinstance(index, int):
        raise StatusListNotValid("the credential's status can't be read")
    if index < 0:
        raise StatusListNotValid("a negative index")
    return StatusReference(uri, index)


def verify_status_list(
    token: str,
    *,
    uri: str,
    issuer_key: Callable[[CompactJWS], ec.EllipticCurvePublicKey],
    at: datetime,
    leeway: timedelta = timedelta(seconds=60),
    max_bytes: int = MAX_BYTES,
) -> StatusListToken:
    """Verify a status list token for a credential that was verified before (section 8.3).

    1. `typ` is `statuslist+jwt` and the signature is by a key that `issuer_key` trusts.
    2. `sub` is the very URI that the credential names.
    3. It is in force: `iat` has come, `exp` has not, nor `iat + ttl` without an `exp`.
    4. `bits` and `lst` are there; the list inflates within bounds.
    Raises StatusListNotValid for whatever is wrong.
    """
    try:
        jws = read_compact(token, max_bytes=MAX_TOKEN_BYTES)
        require_signature(jws, issuer_key(jws))
    except CorpIDError as error:
        raise StatusListNotValid(f"{error.code}: {error.detail}") from error
    if jws.header.get("typ") != STATUS_LIST_TYPE:  # 1
        raise StatusListNotValid("typ")
    claims = jws.payload
    subject = claims.get("sub")
    if not isinstance(subject, str) or not hmac.compare_digest(subject.encode(), uri.encode()):
        raise StatusListNotValid("sub")  # 2
    issued_at, expires_at, ttl = (_whole(claims, name) for name in ("iat", "exp", "ttl"))
    if issued_at is None:
        raise StatusListNotValid("iat")
    _require_fresh(issued_at, expires_at, ttl, at=at, leeway=leeway)  # 3
    entry = claims.get("status_list")
    bits = entry.get("bits") if isinstance(entry, dict) else None
    encoded = entry.get("lst") if isinstance(entry, dict) else None
    if bits not in _BITS or not isinstance(encoded, str):  # 4
        raise StatusListNotValid("status_list")
    content = inflate_list(encoded, max_bytes=max_bytes)
    return StatusListToken(uri, bits, content, issued_at, expires_at, ttl)


def _whole(claims: Mapping[str, Any], name: str) -> int | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise StatusListNotValid(name)
    return int(value)


def _require_fresh(
    issued_at: int,
    expires_at: int | None,
    ttl: int | None,
    *,
    at: datetime,
    leeway: timedelta,
) -> None:
    now, slack = at.timestamp(), leeway.total_seconds()
    if now + slack < issued_at:
        raise StatusListNotValid("from the future")
    ends = (
        expires_at if expires_at is not None else issued_at + ttl if ttl is not None else None
    )
    if ends is not None and now - slack >= ends:
        raise StatusListNotValid("expired")
