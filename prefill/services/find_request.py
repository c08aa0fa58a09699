"""Find a request for those it belongs to; for everybody else there is nothing."""

from uuid import UUID

from corpid.errors import NotFound, gettext_noop
from prefill.models import PrefillRequest


class RequestNotFound(NotFound):
    code = "prefill_request_not_found"
    title = gettext_noop("There is no such request for data.")
    remedy = gettext_noop("Check the address, and the company that you act for.")


def find_request(
    *, reference: str, e_service_id: UUID | None = None, company_id: UUID | None = None
) -> PrefillRequest:
    """Name the e-service or the company whose request it must be. Raises RequestNotFound."""
    if e_service_id is None and company_id is None:
        raise TypeError("a request is found for a company or for an e-service")
    requests = PrefillRequest.objects.described().referred_to(reference)
    if e_service_id is not None:
        requests = requests.filter(e_service=e_service_id)
    if company_id is not None:
        requests = requests.filter(company=company_id)
    request = requests.first()
    if request is None:
        raise RequestNotFound
    return request
