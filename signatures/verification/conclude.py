"""From findings to a verdict: the rules, in one place.

For each signature, the first rule that bites answers the question (the order is the order of
how much it matters to a reader):

1. Unchanged? A digest or signature that does not hold, a byte range with gaps, bytes that no
   signature holds, objects that no signer permits, or a page that looks different is *changed*;
   a filled field or a comment is amber, with its name. Pages may look different where a named
   field was filled, not otherwise.
2. Certificate? The indication of EN 319 102-1. Revoked and no proof of time: amber; revoked and
   time-stamped after that: red. No time-stamp at all: the time is unproven.
3. Authority? Our signed statement must name this company and this person (see Authority).
4. Rule? As many as the statement says are needed must have signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from signatures.verification.findings import Findings, SignatureFinding
from signatures.verification.verdict import (
    Answer,
    Question,
    Reason,
    SignatureVerdict,
    Verdict,
)

_FORGED = {"HASH_FAILURE", "SIG_CRYPTO_FAILURE"}
_REVOKED = {"REVOKED", "REVOKED_NO_POE", "REVOKED_CA_NO_POE"}
_NO_CHAIN = {
    "NO_CERTIFICATE_CHAIN_FOUND",
    "NO_SIGNING_CERTIFICATE_FOUND",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE",
}


class Stated(StrEnum):
    """What became of a signature's statement of authority."""

    AUTHORISED = "authorised"
    NOT_AUTHORISED = "not_authorised"  # forged, or about somebody or something else
    NOT_STATED = "not_stated"


@dataclass(frozen=True, slots=True)
class Authority:
    """What our own signed statement, checked by the caller, says about one signature."""

    stated: Stated
    capacity: str = ""
    needed: int = 0
    have: int = 0
    is_owner: bool = False  # a sole proprietor: the owner signs, there is no company apart
    is_seal: bool = False
    evidence: Mapping[str, str] | None = None


NOT_STATED = Authority(Stated.NOT_STATED)


def conclude(
    findings: Findings, authorities: Mapping[str, Authority], recognised: frozenset[str]
) -> Verdict:
    """Judge the file.

    `authorities` is by field; `recognised` names issuers whose certificates are recognised.
    """
    if findings.unreadable:
        return Verdict(Reason.FILE_UNREADABLE, facts={"finding": findings.unreadable})
    if not findings.signatures:
        return Verdict(Reason.NOT_SIGNED)
    signatures = tuple(
        _signature(each, findings, authorities, recognised) for each in findings.signatures
    )
    worst = max(signatures, key=lambda signature: signature.level.badness)
    reason = worst.worst.reason
    if worst.level.badness == 0 and findings.is_hybrid:
        reason = Reason.HYBRID
    elif reason is Reason.GOOD and _is_by_owner(findings.signatures, authorities):
        reason = Reason.GOOD_OWNER
    return Verdict(reason, signatures, _facts(worst, signatures, findings, authorities))


def _is_by_owner(
    signatures: Sequence[SignatureFinding], authorities: Mapping[str, Authority]
) -> bool:
    return any(authorities.get(each.field, NOT_STATED).is_owner for each in signatures)


def _facts(
    worst: SignatureVerdict,
    signatures: Sequence[SignatureVerdict],
    findings: Findings,
    authorities: Mapping[str, Authority],
) -> Mapping[str, object]:
    persons = [each for each in signatures if not each.is_seal]
    named = persons or list(signatures)
    shown = authorities.get(worst.field, NOT_STATED)
    return {
        "signers": list(dict.fromkeys(each.signer for each in named)),
        "company": worst.company or named[0].company,
        "at": max(each.proven_at or each.claimed_at for each in signatures),
        "filled": sorted(
            {
                filled.name
                for each in findings.signatures
                for filled in each.changes.filled_fields
            }
        ),
        "needed": shown.needed,
        "have": _have_signed(findings, authorities),
    }


def _have_signed(findings: Findings, authorities: Mapping[str, Authority]) -> int:
    return sum(
        not authorities.get(each.field, NOT_STATED).is_seal
        and authorities.get(each.field, NOT_STATED).stated is Stated.AUTHORISED
        for each in findings.signatures
    )


def _signature(
    found: SignatureFinding,
    findings: Findings,
    authorities: Mapping[str, Authority],
    recognised: frozenset[str],
) -> SignatureVerdict:
    authority = authorities.get(found.field, NOT_STATED)
    answers: tuple[Answer, ...]
    if not found.is_readable:
        answers = (
            Answer(Question.UNCHANGED, Reason.SIGNATURE_UNREADABLE, {"field": found.field}),
        )
    else:
        answers = (
            _unchanged(found, has_loose_bytes=findings.has_loose_bytes),
            _certificate(found, findings),
            _authority(found, authority),
            _rule(found, findings, authorities),
        )
    return SignatureVerdict(
        field=found.field,
        signer=found.signer,
        company=found.organization,
        ubi=found.ubi,
        is_seal=authority.is_seal,
        claimed_at=found.claimed_at,
        proven_at=found.proven_at,
        format=found.format,
        indication=found.indication or "TOTAL-FAILED",
        sub_indication=found.sub_indication or ("" if found.is_readable else "FORMAT_FAILURE"),
        is_recognised=found.issuer in recognised,
        answers=answers,
    )


def _unchanged(found: SignatureFinding, *, has_loose_bytes: bool) -> Answer:
    changes = found.changes
    evidence = {
        "signed_revision_sha256": found.signed_revision_sha256,
        "covers_whole_file": found.covers_whole_file,
        "has_loose_bytes": has_loose_bytes,
        "objects": changes.object_level,
        "pages_that_differ": list(changes.pages),
        "filled": [
            {"name": each.name, "signed": each.signed_value, "now": each.present_value}
            for each in changes.filled_fields
        ],
    }
    is_forbidden = not found.is_covered or has_loose_bytes or changes.object_level == "other"
    looks_different_for_no_reason = changes.pages and not changes.filled_fields
    if found.sub_indication in _FORGED or is_forbidden:
        reason = Reason.CHANGED
    elif changes.filled_fields:
        reason = Reason.FILLED
    elif changes.object_level == "annotations":
        reason = Reason.ANNOTATED
    elif looks_different_for_no_reason:
        reason = Reason.CHANGED
    else:
        reason = Reason.GOOD
    return Answer(Question.UNCHANGED, reason, evidence)


def _certificate(found: SignatureFinding, findings: Findings) -> Answer:
    evidence = {
        "indication": found.indication,
        "sub_indication": found.sub_indication,
        "issuer": found.issuer,
        "serial_number": found.serial_number,
        "format": found.format,
        "proven_at": found.proven_at,
        "claimed_at": found.claimed_at,
        "unread_evidence": list(findings.unread_evidence),
    }
    is_time_stamped = found.format != "B-B"
    if found.sub_indication in _FORGED:
        reason = Reason.SIGNATURE_FORGED
    elif found.sub_indication in _REVOKED:
        was_revoked_first = is_time_stamped or found.sub_indication == "REVOKED"
        reason = Reason.REVOKED_BEFORE if was_revoked_first else Reason.REVOKED_SINCE
    elif found.sub_indication in _NO_CHAIN:
        reason = Reason.ISSUER_UNKNOWN
    elif found.indication != "TOTAL-PASSED":
        reason = Reason.CERTIFICATE_UNCERTAIN
    elif not found.proven_at:
        reason = Reason.TIME_UNPROVEN
    else:
        reason = Reason.GOOD
    return Answer(Question.CERTIFICATE, reason, evidence)


def _authority(found: SignatureFinding, authority: Authority) -> Answer:
    reasons = {
        Stated.AUTHORISED: Reason.GOOD,
        Stated.NOT_AUTHORISED: Reason.NOT_AUTHORISED,
        Stated.NOT_STATED: Reason.AUTHORITY_NOT_STATED,
    }
    evidence = {"capacity": authority.capacity, "ubi": found.ubi, **(authority.evidence or {})}
    return Answer(Question.AUTHORITY, reasons[authority.stated], evidence)


def _rule(
    found: SignatureFinding, findings: Findings, authorities: Mapping[str, Authority]
) -> Answer:
    authority = authorities.get(found.field, NOT_STATED)
    if authority.stated is not Stated.AUTHORISED:
        return Answer(Question.RULE, Reason.AUTHORITY_NOT_STATED)
    have = _have_signed(findings, authorities)
    is_complete = have >= authority.needed
    return Answer(
        Question.RULE,
        Reason.GOOD if is_complete else Reason.RULE_INCOMPLETE,
        {"needed": authority.needed, "have": have},
    )
