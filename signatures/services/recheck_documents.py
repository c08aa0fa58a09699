"""Look again at signed documents: file, rule, approvals and signatures tell one story.

1. The signed file is here, and its bytes are those of its name.
2. It begins with the very bytes that were shown: signing only adds.
3. The request is complete, by an event of that moment which names this file.
4. What was approved is the list of documents that were shown.
5. Those who had said yes by then fill the rule that was frozen when they were asked.
6. The file verifies by itself, and its signatures are theirs and the company's: as many
   persons as approved, each about this request and document.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from authentication.joint_policy import Ballot, progress_of, read_policy
from authentication.models import Approval, Person, Vote
from authentication.services.find_capacities import find_capacities
from corpid.audit.services.was_recorded import was_recorded
from corpid.errors import CorpIDError
from corpid.files.services.open_file import FileNotKept, open_file
from corpid.files.storage import CHUNK, FileDamaged
from corpid.operations.rechecking import Rechecked, look_at
from signatures.models import Document, SignatureRequest
from signatures.services.verify_file import verify_file
from signatures.verification.verdict import LEVEL_OF, Level, Reason

_BETWEEN = "|"
# Against a document of ours these speak; what has become of a certificate since does not.
_SPEAKING = {
    Reason.RULE_INCOMPLETE,
    Reason.AUTHORITY_NOT_STATED,
    Reason.ISSUER_UNKNOWN,
    Reason.TIME_UNPROVEN,
    Reason.FILLED,
    Reason.ANNOTATED,
    *(reason for reason, level in LEVEL_OF.items() if level in {Level.RED, Level.UNREADABLE}),
}


def recheck_documents(*, after: str, at_most: int, at: datetime) -> Rechecked:
    """Order by when they were signed, which is not when they came."""
    signed = Document.objects.exclude(signed_digest="").select_related("request__approval")
    if after:
        moment, _, id_ = after.partition(_BETWEEN)
        signed = signed.filter(Q(signed_at__gt=moment) | Q(signed_at=moment, id__gt=id_))
    return look_at(
        list(signed.order_by("signed_at", "id")[:at_most]),
        subject=_subject,
        place=_place,
        mismatches=lambda each: _mismatches(each, at),
    )


def _place(document: Document) -> str:
    assert document.signed_at is not None  # noqa: S101  by constraint, of what is signed
    return f"{document.signed_at.isoformat()}{_BETWEEN}{document.id}"


def _subject(document: Document) -> str:
    return f"document:{document.code}"


def _mismatches(document: Document, at: datetime) -> Iterator[tuple[str, str]]:
    request = document.request
    yield from _about_the_request(document, request)
    if request.approval is not None and document.signed_at is not None:
        yield from _about_approvals(request.approval, document.signed_at)
    try:
        if not _begins_with_the_original(document):
            yield "signed_file_of_another_document", document.original_digest  # 2
    except (FileNotKept, FileDamaged) as error:
        yield error.code, document.signed_digest  # 1
        return
    yield from _about_signatures(document, request, at)


def _about_the_request(
    document: Document, request: SignatureRequest
) -> Iterator[tuple[str, str]]:
    if request.state != SignatureRequest.State.COMPLETE or request.ended_at is None:
        yield "signed_while_not_complete", request.state  # 3
        return
    if not was_recorded(
        kind="signatures.request.complete",
        subject=request.subject,
        at=request.ended_at,
        company_id=request.company_id,
        names={"documents": [document.signed_digest]},
    ):
        yield "signed_without_its_event", f"{request.ended_at}"
    shown = list(request.documents.order_by("number").values_list("original_digest", flat=True))
    listed = shown[0] if len(shown) == 1 else _digest("\n".join(shown))
    approved = request.approval.digest if request.approval else ""
    if not listed == request.digest == approved:
        yield "approved_other_documents", approved  # 4


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _about_approvals(approval: Approval, signed_at: datetime) -> Iterator[tuple[str, str]]:
    """Count each person in the capacity of the vote, and in those that the registers know."""
    try:
        policy = read_policy(approval.rule)
    except CorpIDError as error:
        yield error.code, str(approval.id)
        return
    votes = _votes(approval, signed_at)
    persons = Person.objects.filter(id__in=[vote.person_id for vote in votes])
    held = find_capacities(persons=persons, company=approval.company, at=signed_at)
    ballots = [
        Ballot(vote.person_id, held[vote.person_id] | {vote.capacity})
        for vote in votes
        if vote.person_id != approval.maker_id
    ]
    progress = progress_of(policy, ballots)
    if not progress.is_complete:
        yield "too_few_approvals", f"{progress.have} of {progress.needed}"  # 5


def _votes(approval: Approval, by: datetime) -> list[Vote]:
    return list(
        approval.votes.filter(choice=Vote.Choice.YES, taken_back_at=None, cast_at__lte=by)
    )


def _begins_with_the_original(document: Document) -> bool:
    """Read both; each is hashed on the way, so that what has changed is not used."""
    with (
        open_file(document.original_digest) as original,
        open_file(document.signed_digest) as signed,
    ):
        while part := original.read(CHUNK):
            if signed.read(len(part)) != part:
                return False
    return True


def _about_signatures(
    document: Document, request: SignatureRequest, at: datetime
) -> Iterator[tuple[str, str]]:
    verdict = verify_file(digest_hex=document.signed_digest, at=at)
    reasons = {str(verdict["reason"])}
    reasons |= {
        answer["reason"] for each in verdict["signatures"] for answer in each["answers"]
    }
    for reason in sorted(reasons & {each.value for each in _SPEAKING}):
        yield "signed_file_does_not_verify", reason  # 6
    if request.approval is None or document.signed_at is None:
        return
    persons = [each for each in verdict["signatures"] if not each["is_seal"]]
    wanted = len(_votes(request.approval, document.signed_at))
    if len(persons) != wanted:
        yield "signed_by_others_than_approved", f"{len(persons)} of {wanted}"
    for each in verdict["signatures"]:
        if not _is_about(each, document, request):
            yield "signature_about_another_request", str(each["field"])


def _is_about(
    signature: Mapping[str, Any], document: Document, request: SignatureRequest
) -> bool:
    stated = {
        name: value
        for answer in signature["answers"]
        for name, value in answer["evidence"].items()
    }
    return (stated.get("request"), stated.get("document_sha256")) == (
        request.reference,
        document.original_digest,
    )
