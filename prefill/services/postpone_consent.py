"""The person answers later: the question waits in their inbox, on whichever device."""

from datetime import datetime

from django.db import transaction

from authentication.services.list_ways import Acting
from corpid.audit.services.record_event import record_event
from prefill.models import PrefillRequest
from prefill.services.check_answerable import check_answerable
from prefill.services.tell_person import CONSENT_ASKED, tell_person


@transaction.atomic
def postpone_consent(*, request: PrefillRequest, acting: Acting, at: datetime) -> None:
    """Keep the question for as long as the request lives; a second time changes nothing more.

    Raises what check_answerable raises.
    """
    check_answerable(request=request, acting=acting, at=at)
    tell_person(
        kind=CONSENT_ASKED,
        request=request,
        company=acting.company,
        person_id=acting.person.id,
        path=f"/consents/new?request={request.reference}",
        at=at,
    )
    record_event(
        kind="prefill.consent.postponed",
        at=at,
        actor=f"person:{acting.person.id}",
        subject=request.subject,
        company_id=acting.company.id,
    )
