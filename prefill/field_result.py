"""One field as a source gave it: its value, or why there is none. Never a silent gap."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

JSON: TypeAlias = str | int | float | bool | list["JSON"] | dict[str, "JSON"] | None


class FieldStatus(StrEnum):
    OK = "ok"
    EMPTY = "empty"  # the source answered and holds nothing
    UNAVAILABLE = "unavailable"  # the source is down, or said what can't be relied on
    TIMEOUT = "timeout"
    WITHHELD = "withheld"  # the person whose data it is has not agreed
    SKIPPED = "skipped"  # the company did not agree to this one
    STALE = "stale"  # older than the item may be


class FieldReason(StrEnum):
    """Why a status came about, for pages, logs and the e-service; never the source's words."""

    NONE = ""
    NOT_ON_REGISTER = "not_on_register"
    NOT_RECORDED = "not_recorded"
    NOT_CONFIGURED = "not_configured"
    NOT_ANSWERING = "not_answering"
    TOO_SLOW = "too_slow"
    RESTING = "resting"  # the breaker is open: it failed often, moments ago
    REFUSED_US = "refused_us"
    UNREADABLE = "unreadable"
    WRONG_COMPANY = "wrong_company"
    DOES_NOT_FIT = "does_not_fit"  # not what the catalogue or the form expects
    NO_PERSONAL_CONSENT = "no_personal_consent"
    NOT_GRANTED = "not_granted"


# Nothing is kept between requests yet, so no result is `stale` or `from_cache`. Both stay in
# the signed result: whoever reads it must be ready for them before there is a cache.
@dataclass(frozen=True, slots=True)
class FieldResult:
    status: FieldStatus
    source: str
    retrieved_at: datetime
    value: JSON = None  # set if and only if the status is ok or stale
    reason: FieldReason = FieldReason.NONE
    source_updated_at: datetime | None = None
    from_cache: bool = False

    @property
    def has_value(self) -> bool:
        return self.status in {FieldStatus.OK, FieldStatus.STALE}


def canonical(value: JSON) -> bytes:
    """Write a value in one way only: sorted names, no spaces, UTF-8 (after RFC 8785)."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def digest_of(value: JSON, *, salt: bytes) -> str:
    """Digest a value so that two releases can be compared without either being sent.

    The salt keeps a digest of a date or a yes/no from being guessed once the value is gone.
    """
    return hashlib.sha256(salt + canonical(value)).hexdigest()
