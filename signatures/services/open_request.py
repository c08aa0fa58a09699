"""Take documents in and ask those whom the company's rule names."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from authentication.joint_policy import JOINT_WINDOW, JointPolicy
from authentication.models import Company, EService, Person
from authentication.services.find_signing_rule import find_signing_rule
from authentication.services.open_approval import open_approval
from corpid.audit.services.record_event import record_event
from corpid.errors import CorpIDError
from corpid.files.models import Arrival
from corpid.files.services.count_files import count_files
from corpid.files.services.give_up_arrivals import give_up_arrivals
from corpid.languages import in_each_language
from corpid.notices.services.notify_person import notify_person
from signatures.models import Addressee, Document, DocumentClass, SignatureRequest
from signatures.services.examine_uploads import Upload
from signatures.services.find_eligible_signers import find_eligible_signers
from signatures.services.prepare_request import prepare_request


def open_request(
    *,
    company: Company,
    uploads: Sequence[Upload],
    title: str,
    document_class: DocumentClass,
    addressee: Addressee,
    at: datetime,
    made_by: Person | None = None,
    e_service: EService | None = None,
    expires_at: datetime | None = None,
    resume_uri: str = "",
) -> SignatureRequest:
    """Store the documents, freeze rule and digest, and tell the signers.

    The files are examined and kept before the transaction opens. A caller with a transaction of
    its own hands over what it had kept (`prepare_request`) before that.

    A person needs the power to prepare; an e-service asks in its own name. The maker may also
    be one of the signers: a sole director prepares and signs. Raises what speaks against it.
    """
    kept = prepare_request(
        company=company,
        uploads=uploads,
        document_class=document_class,
        addressee=addressee,
        at=at,
        made_by=made_by,
        e_service=e_service,
        expires_at=expires_at,
        resume_uri=resume_uri,
    )
    wish = SignatureRequest(
        company=company,
        e_service=e_service,
        made_by=made_by,
        title=title,
        document_class=document_class,
        addressee=addressee,
        resume_uri=resume_uri,
        created_at=at,
        expires_at=expires_at or at + JOINT_WINDOW,
    )
    try:
        return _open(wish, kept, at)
    except CorpIDError:
        # What a caller with a transaction had kept, the caller gives up after it.
        before = _arrivals(uploads)
        give_up_arrivals(each for each in _arrivals(kept) if each not in before)
        raise


@transaction.atomic
def _open(
    request: SignatureRequest, uploads: Sequence[Upload], at: datetime
) -> SignatureRequest:
    company, made_by, e_service = request.company, request.made_by, request.e_service
    policy = find_signing_rule(company=company, at=at)
    signers = find_eligible_signers(company=company, policy=policy, at=at)
    request.save(force_insert=True)
    documents = [_take_in(request, number, each) for number, each in enumerate(uploads, 1)]
    _ask(request, policy, _digest_of(documents), at)
    record_event(
        kind="signatures.request.opened",
        at=at,
        actor=f"person:{made_by.id}"
        if made_by
        else f"e-service:{e_service.client_id}"
        if e_service
        else "system",
        subject=request.subject,
        company_id=company.id,
        facts={
            "documents": [document.original_digest for document in documents],
            "document_class": request.document_class,
            "addressee": request.addressee,
        },
    )
    _tell(request, signers, at)
    count_files(arrivals=_arrivals(uploads), at=at, holder=request.holder())
    return request


def _digest_of(documents: Iterable[Document]) -> str:
    """Digest the list of documents: what an approval and a step-up are bound to.

    Of one document it is the document's own digest, so that the file code which people compare
    is the same everywhere.
    """
    digests = [document.original_digest for document in documents]
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _take_in(request: SignatureRequest, number: int, upload: Upload) -> Document:
    assert upload.facts is not None and upload.arrival is not None  # noqa: S101, PT018  prepared
    return Document.objects.create(
        request=request,
        number=number,
        file_name=upload.file_name[:200],
        page_count=upload.facts.page_count,
        original_digest=upload.arrival.digest_hex,
    )


def _arrivals(uploads: Iterable[Upload]) -> list[Arrival]:
    return [each.arrival for each in uploads if each.arrival is not None]


def _ask(request: SignatureRequest, policy: JointPolicy, digest: str, at: datetime) -> None:
    request.approval = open_approval(
        company=request.company,
        subject=request.subject,
        digest=digest,
        policy=policy,
        closes_at=request.expires_at,
        at=at,
    )
    request.digest = digest
    request.state = SignatureRequest.State.WAITING
    request.save(update_fields=["approval", "digest", "state"])


def _tell(request: SignatureRequest, signers: Iterable[Person], at: datetime) -> None:
    for signer in signers:
        if signer.account_id is None:  # the register names somebody who has not joined
            continue
        notify_person(
            kind="signatures.approval_asked",
            person_id=signer.id,
            company_id=request.company_id,
            at=at,
            subject=request.subject,
            path=f"/sign/{request.reference}/approve",
            facts={
                "document": request.title,
                "asker": request.asker_names(),
                "company": in_each_language(request.company.name_in),
            },
            due_at=request.expires_at,
        )
