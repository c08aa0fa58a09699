"""What was found in a file, before anybody says what it means; crosses the fence as JSON."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FilledField:
    """A form field whose value is not the one that was signed."""

    name: str
    signed_value: str
    present_value: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between the signed revision and the file, found in two ways.

    `object_level` is the verdict on objects (ISO 32000-2, 12.8.2.2): none, long_term,
    form_filling, annotations or other. `pages` are those that look or read different, whatever
    the objects say: some attacks leave the objects well-behaved.
    """

    object_level: str
    object_reason: str = ""
    filled_fields: tuple[FilledField, ...] = ()
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SignatureFinding:
    """One signature. Times are ISO 8601 in UTC, `""` where there is none."""

    field: str
    is_readable: bool
    reason: str = ""  # why it is not
    certificate_der: str = ""  # base64
    signer: str = ""
    organization: str = ""
    ubi: str = ""
    issuer: str = ""
    serial_number: str = ""  # hex
    policy: str = ""  # the certificate's first policy
    commitment: str = ""
    statement: str = ""  # compact JWS, unchecked
    claimed_at: str = ""
    proven_at: str = ""  # the earliest proof of existence
    format: str = ""  # PAdES B-B, B-T, B-LT or B-LTA
    indication: str = ""
    sub_indication: str = ""
    reason_of_indication: str = ""
    is_covered: bool = False  # its byte range covers all of its revision
    covers_whole_file: bool = False
    signed_revision_sha256: str = ""  # of the bytes up to the end of what it covers
    changes: Changes = Changes("none")


@dataclass(frozen=True, slots=True)
class TimeStampFinding:
    field: str
    at: str
    authority: str
    indication: str


@dataclass(frozen=True, slots=True)
class Findings:
    """`unreadable` names what kept us from reading (an error code), or is empty.

    `unread_evidence` names items of the document security store that could not be read.
    """

    unreadable: str = ""
    is_hybrid: bool = False
    has_loose_bytes: bool = False  # bytes that no signature holds and no reader shows
    page_count: int = 0
    signatures: tuple[SignatureFinding, ...] = ()
    time_stamps: tuple[TimeStampFinding, ...] = ()
    unread_evidence: tuple[str, ...] = ()

    def as_json(self) -> bytes:
        return json.dumps(dataclasses.asdict(self)).encode()


def read_findings(content: bytes | Mapping[str, Any]) -> Findings:
    """Read what `as_json` wrote."""
    written = content if isinstance(content, Mapping) else json.loads(content)
    return Findings(
        unreadable=written["unreadable"],
        is_hybrid=written["is_hybrid"],
        has_loose_bytes=written["has_loose_bytes"],
        page_count=written["page_count"],
        signatures=tuple(_signature(each) for each in written["signatures"]),
        time_stamps=tuple(TimeStampFinding(**each) for each in written["time_stamps"]),
        unread_evidence=tuple(written["unread_evidence"]),
    )


def _signature(written: Mapping[str, Any]) -> SignatureFinding:
    changes = written["changes"]
    return SignatureFinding(
        **{
            **written,
            "changes": Changes(
                object_level=changes["object_level"],
                object_reason=changes["object_reason"],
                filled_fields=tuple(FilledField(**each) for each in changes["filled_fields"]),
                pages=tuple(changes["pages"]),
            ),
        }
    )
