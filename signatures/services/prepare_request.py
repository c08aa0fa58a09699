"""See whether a company may be asked at all, then keep the documents, with nothing locked."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from authentication.joint_policy import JOINT_WINDOW
from authentication.models import Company, EService, Person
from authentication.services.check_power import check_power
from authentication.services.check_resume_uri import check_resume_uri
from authentication.services.find_signing_rule import find_signing_rule
from authentication.standing import Function, Permission, permission_for
from corpid.errors import Invalid, gettext_noop
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from signatures.models import Addressee, DocumentClass
from signatures.models.request import holder_of
from signatures.powers import PREPARE
from signatures.services.examine_uploads import Upload
from signatures.services.find_eligible_signers import find_eligible_signers
from signatures.services.keep_uploads import keep_uploads

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


def prepare_request(
    *,
    company: Company,
    uploads: Sequence[Upload],
    document_class: DocumentClass,
    addressee: Addressee,
    at: datetime,
    made_by: Person | None = None,
    e_service: EService | None = None,
    expires_at: datetime | None = None,
    resume_uri: str = "",
) -> list[Upload]:
    """Give the uploads examined and kept, for `open_request`; call it before a transaction.

    A person needs the power to prepare; an e-service asks in its own name. Raises what speaks
    against it.
    """
    require_function(SwitchedFunction.SIGNING)
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
    policy = find_signing_rule(company=company, at=at)
    find_eligible_signers(
        company=company, policy=policy, at=at
    )  # or the bytes come for nothing
    holder = holder_of(company_id=company.id, e_service_id=e_service.id if e_service else None)
    return keep_uploads(uploads=uploads, holder=holder, at=at)
