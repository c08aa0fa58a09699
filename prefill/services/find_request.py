"""Find a request for those it belongs to; for everybody else there is nothing."""

from datetime import datetime
from uuid import UUID

from corpid.errors import Gone, NotFound, gettext_noop
from prefill.models import PrefillRequest


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
    requests = PrefillRequest.objects.described().filter(reference=reference)
    if e_service_id is not None:
        requests = requests.filter(e_service=e_service_id)
    if company_id is not None:
        requests = requests.filter(company=company_id)
    request = requests.first()
    if request is None:
        raise RequestNotFound
    return request


def refuse_expired(request: PrefillRequest, *, at: datetime) -> None:
    """Raise RequestExpired, whether or not housekeeping has been there."""
    if request.state == PrefillRequest.State.EXPIRED or not request.is_alive(at=at):
        raise RequestExpired
