"""Find a request to answer: whose browser brought it, or who were asked before."""

from authentication.services.list_ways import Acting
from corpid.notices.models import Notice
from prefill.models import PrefillRequest
from prefill.services.find_request import RequestNotFound
from prefill.services.tell_person import CONSENT_ASKED


def find_question(*, reference: str, acting: Acting, is_known_here: bool) -> PrefillRequest:
    """`is_known_here`: this browser came with its request_uri.

    Otherwise it must be the company's own already, or wait in this person's inbox. Raises
    RequestNotFound.
    """
    request = PrefillRequest.objects.described().referred_to(reference).first()
    if request is None:
        raise RequestNotFound
    waits_in_inbox = (
        Notice.objects.waiting()
        .filter(kind=CONSENT_ASKED, subject=request.subject, person_id=acting.person.id)
        .exists()
    )
    if is_known_here or request.company_id == acting.company.id or waits_in_inbox:
        return request
    raise RequestNotFound
