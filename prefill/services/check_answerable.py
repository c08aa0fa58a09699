"""Check that a request is still open, and that this person may answer it for this company."""

from datetime import datetime

from authentication.services.check_power import Authority, check_power
from authentication.services.list_ways import Acting
from corpid.errors import Conflict, NotAllowed, gettext_noop
from prefill.models import PrefillRequest
from prefill.services.refuse_expired import refuse_expired


class RequestAnswered(Conflict):
    code = "prefill_request_answered"
    title = gettext_noop("This request for data has been answered already.")
    remedy = gettext_noop("See what became of it under Shared data.")


class RequestForAnotherCompany(NotAllowed):
    code = "request_for_another_company"
    title = gettext_noop("This request is about another company.")
    remedy = gettext_noop("Choose the company that the form is for, then open the form again.")


def check_answerable(*, request: PrefillRequest, acting: Acting, at: datetime) -> Authority:
    """Raise RequestForAnotherCompany, RequestExpired, RequestAnswered, or as check_power."""
    if request.company_id not in {None, acting.company.id}:
        raise RequestForAnotherCompany
    authority = check_power(
        person=acting.person,
        company=acting.company,
        power=request.template_version.consent_power,
        at=at,
    )
    refuse_expired(request=request, at=at)
    if request.state not in PrefillRequest.ANSWERABLE:
        raise RequestAnswered(request.state)
    return authority
