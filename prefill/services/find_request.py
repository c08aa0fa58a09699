"""Find a request for those it belongs to; for everybody else there is nothing."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from authentication.services.list_ways import Acting
from corpid.errors import Gone, NotFound, gettext_noop
from corpid.identifiers import is_outside_id
from corpid.notices.models import Notice
from prefill.models import PrefillRequest
from prefill.services.tell_person import CONSENT_ASKED, subject_of


class RequestNotFound(NotFound):
    code = "prefill_request_not_found"
    title = gettext_noop("There is no such request for data.")
    remedy = gettext_noop("Check the address, and the company that you act for.")


class RequestExpired(Gone):
    code = "prefill_request_expired"
    title = gettext_noop("This request for data has expired.")
    remedy = gettext_noop("Go back to the form and ask again; nothing was sent.")


def find_request(
    *, reference: str, e_service_id: UUID | None = None, company_id: UUID | None = None
) -> PrefillRequest:
    """Name the e-service or the company whose request it must be. Raises RequestNotFound."""
    if e_service_id is None and company_id is None:
        raise TypeError("a request is found for a company or for an e-service")
    requests = _referred_to(reference)
    if e_service_id is not None:
        requests = requests.filter(e_service=e_service_id)
    if company_id is not None:
        requests = requests.filter(company=company_id)
    request = requests.first()
    if request is None:
        raise RequestNotFound
    return request


def find_question(*, reference: str, acting: Acting, is_known_here: bool) -> PrefillRequest:
    """Find a request to answer: whose browser brought it, or who were asked before.

    `is_known_here`: this browser came with its request_uri. Otherwise it must be the company's
    own already, or wait in this person's inbox. Raises RequestNotFound.
    """
    request = _referred_to(reference).first()
    if request is None:
        raise RequestNotFound
    waits_in_inbox = (
        Notice.objects.waiting()
        .filter(kind=CONSENT_ASKED, subject=subject_of(request), person_id=acting.person.id)
        .exists()
    )
    if is_known_here or request.company_id == acting.company.id or waits_in_inbox:
        return request
    raise RequestNotFound


def _referred_to(reference: str) -> QuerySet[PrefillRequest]:
    """Leave open whose it is: the caller decides."""
    if not is_outside_id(reference):  # PostgreSQL refuses a NUL, for one
        raise RequestNotFound
    return PrefillRequest.objects.described().filter(reference=reference)


def refuse_expired(request: PrefillRequest, *, at: datetime) -> None:
    """Raise RequestExpired, whether or not housekeeping has been there."""
    if request.state == PrefillRequest.State.EXPIRED or not request.is_alive(at=at):
        raise RequestExpired
