"""Take documents in and ask those whom the company's rule names."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from authentication.joint_policy import JOINT_WINDOW, JointPolicy
from authentication.models import Company, EService, Person
from authentication.services.check_power import check_power
from authentication.services.check_resume_uri import check_resume_uri
from authentication.services.find_signing_rule import find_signing_rule
from authentication.services.open_approval import open_approval
from authentication.standing import Function, Permission, permission_for
from corpid.audit.services.record_event import record_event
from corpid.errors import Invalid, gettext_noop
from corpid.languages import in_each_language
from corpid.notices.services.notify_person import notify_person
from corpid.operations.models import Function as Switch
from corpid.operations.services.require_function import require_function
from signatures.models import Addressee, Document, DocumentClass, SignatureRequest
from signatures.powers import PREPARE
from signatures.services.examine_uploads import Upload, examine_uploads
from signatures.services.find_eligible_signers import find_eligible_signers
from signatures.services.store_upload import store_upload

LONGEST_WINDOW = timedelta(days=90)


class DocumentClassBlocked(Invalid):
    code = "document_class_blocked"
    title = gettext_noop("The law does not let this kind of document be signed electronically.")
    remedy = gettext_noop("Sign it on paper (Electronic Transactions Ordinance, Schedule 1).")


class NotRecognisedForGovernment(Invalid):
    code = "not_recognised_for_government"
    title = gettext_noop("Departments take recognised certificates only, and ours is not one.")
    remedy = gettext_noop("Register a recognised organisational certificate for the company.")


class CompanyMayNotSign(Invalid):
    code = "company_may_not_sign"
    title = gettext_noop("The company's status on the register does not let it sign.")
    remedy = gettext_noop("See the company's page for what can still be done.")


class WindowTooLong(Invalid):
    code = "window_not_possible"
    title = gettext_noop("The request must end later than now and within 90 days.")
    remedy = gettext_noop("Choose an earlier day for it to end.")


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

    The files are examined before the transaction opens. A caller with a transaction of its own
    hands over what it has examined (`examine_uploads`) before that.

    A person needs the power to prepare; an e-service asks in its own name. The maker may also
    be one of the signers: a sole director prepares and signs. Raises what speaks against it.
    """
    require_function(Switch.SIGNING)
    if made_by is not None:
        check_power(person=made_by, company=company, power=PREPARE, at=at)
    if permission_for(company.status, Function.SIGN) is Permission.NO:
        raise CompanyMayNotSign(company.status)
    if document_class.is_blocked:
        raise DocumentClassBlocked(document_class)
    if addressee == Addressee.GOVERNMENT and not settings.OWN_CERTIFICATES_ARE_RECOGNISED:
        raise NotRecognisedForGovernment
    ends = expires_at or at + JOINT_WINDOW
    if not at < ends <= at + LONGEST_WINDOW:
        raise WindowTooLong(ends.isoformat())
    if resume_uri:
        check_resume_uri(e_service=e_service, resume_uri=resume_uri)
    examined = examine_uploads(uploads=uploads)
    wish = SignatureRequest(
        company=company,
        e_service=e_service,
        made_by=made_by,
        title=title,
        document_class=document_class,
        addressee=addressee,
        resume_uri=resume_uri,
        created_at=at,
        expires_at=ends,
    )
    return _open(wish, examined, at)


@transaction.atomic
def _open(
    request: SignatureRequest, uploads: Sequence[Upload], at: datetime
) -> SignatureRequest:
    company, made_by, e_service = request.company, request.made_by, request.e_service
    policy = find_signing_rule(company=company, at=at)
    signers = find_eligible_signers(company=company, policy=policy, at=at)
    request.save(force_insert=True)
    documents = [
        _take_in(request, number, upload, at) for number, upload in enumerate(uploads, 1)
    ]
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


def _take_in(request: SignatureRequest, number: int, upload: Upload, at: datetime) -> Document:
    assert upload.facts is not None  # noqa: S101  examined before the transaction
    stored = store_upload(content=upload.content, at=at, company_id=request.company_id)
    return Document.objects.create(
        request=request,
        number=number,
        file_name=upload.file_name[:200],
        page_count=upload.facts.page_count,
        original_digest=stored.digest_hex,
    )


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
