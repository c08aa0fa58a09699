"""The answer of a verification: never just true or false, always with reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any


class Level(StrEnum):
    """What a reader sees first."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNREADABLE = "unreadable"

    @property
    def badness(self) -> int:
        return (Level.GREEN, Level.AMBER, Level.UNREADABLE, Level.RED).index(self)


class Question(IntEnum):
    UNCHANGED = 1  # Is the document as it was signed?
    CERTIFICATE = 2  # Was the certificate good at that time?
    AUTHORITY = 3  # Did this company authorise this person for this, at that time?
    RULE = 4  # Is the company's signing rule complete?


class Reason(StrEnum):
    """Why, as a code; `sentences.py` has the words for each."""

    GOOD = "good"
    GOOD_OWNER = "good_owner"
    FILLED = "filled_after_signing"
    ANNOTATED = "annotated_after_signing"
    RULE_INCOMPLETE = "rule_incomplete"
    TIME_UNPROVEN = "time_unproven"
    ISSUER_UNKNOWN = "issuer_unknown"
    REVOKED_SINCE = "revoked_since"
    CERTIFICATE_UNCERTAIN = "certificate_uncertain"
    AUTHORITY_NOT_STATED = "authority_not_stated"
    HYBRID = "hybrid_reference"
    CHANGED = "changed"
    REVOKED_BEFORE = "revoked_before"
    SIGNATURE_FORGED = "signature_forged"
    NOT_AUTHORISED = "not_authorised"
    SIGNATURE_UNREADABLE = "signature_unreadable"
    NOT_SIGNED = "not_signed"
    FILE_UNREADABLE = "file_unreadable"


LEVEL_OF: Mapping[Reason, Level] = {
    Reason.GOOD: Level.GREEN,
    Reason.GOOD_OWNER: Level.GREEN,
    Reason.FILLED: Level.AMBER,
    Reason.ANNOTATED: Level.AMBER,
    Reason.RULE_INCOMPLETE: Level.AMBER,
    Reason.TIME_UNPROVEN: Level.AMBER,
    Reason.ISSUER_UNKNOWN: Level.AMBER,
    Reason.REVOKED_SINCE: Level.AMBER,
    Reason.CERTIFICATE_UNCERTAIN: Level.AMBER,
    Reason.AUTHORITY_NOT_STATED: Level.AMBER,
    Reason.HYBRID: Level.AMBER,
    Reason.CHANGED: Level.RED,
    Reason.REVOKED_BEFORE: Level.RED,
    Reason.SIGNATURE_FORGED: Level.RED,
    Reason.NOT_AUTHORISED: Level.RED,
    Reason.SIGNATURE_UNREADABLE: Level.UNREADABLE,
    Reason.NOT_SIGNED: Level.UNREADABLE,
    Reason.FILE_UNREADABLE: Level.UNREADABLE,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the four answers about one signature, with what it rests on."""

    question: Question
    reason: Reason
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        return LEVEL_OF[self.reason]


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    field: str
    signer: str
    company: str
    ubi: str
    is_seal: bool
    claimed_at: str
    proven_at: str
    format: str
    indication: str  # EN 319 102-1, section 5.1.3
    sub_indication: str
    is_recognised: bool  # Cap. 553: certificate of a recognised certification authority
    answers: tuple[Answer, ...]

    @property
    def worst(self) -> Answer:
        return max(self.answers, key=lambda answer: answer.level.badness)

    @property
    def level(self) -> Level:
        return self.worst.level


@dataclass(frozen=True, slots=True)
class Verdict:
    """The file's verdict is its worst signature's; `facts` fill the sentence."""

    reason: Reason
    signatures: tuple[SignatureVerdict, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        return LEVEL_OF[self.reason]
