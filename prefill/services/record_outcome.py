"""The e-service says what became of the form: sent is not filed."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, Invalid, gettext_noop
from prefill.models import PrefillRequest
from prefill.services.find_request import find_request

CLOCK_SKEW = timedelta(minutes=5)


class OutcomeTooEarly(Conflict):
    code = "outcome_too_early"
    title = gettext_noop("Nothing has been sent yet, so nothing can have been filed with it.")
    remedy = gettext_noop("Collect the result first.")


class OutcomeFinal(Conflict):
    code = "outcome_final"
    title = gettext_noop("Another outcome of this form has been reported already.")
    remedy = gettext_noop("A filed form stays filed; make a new request for another form.")


class OutcomeInTheFuture(Invalid):
    code = "outcome_in_the_future"
    title = gettext_noop("The moment of acceptance lies in the future.")
    remedy = gettext_noop("Give the moment at which your system accepted the form.")


@transaction.atomic
def record_outcome(
    *,
    reference: str,
    e_service_id: UUID,
    outcome: str,
    outcome_reference: str,
    accepted_at: datetime,
    at: datetime,
) -> PrefillRequest:
    """Let a rejected form be filed later; a filed one stays so; the same report may repeat.

    Raises RequestNotFound, OutcomeTooEarly, OutcomeFinal, OutcomeInTheFuture.
    """
    request = find_request(reference=reference, e_service_id=e_service_id)
    if accepted_at > at + CLOCK_SKEW:
        raise OutcomeInTheFuture
    told = {
        "outcome": outcome,
        "outcome_reference": outcome_reference,
        "outcome_accepted_at": accepted_at,
    }
    if all(getattr(request, name) == value for name, value in told.items()):
        return request
    moved = (
        PrefillRequest.objects.filter(pk=request.pk, consent__releases__isnull=False)
        .exclude(outcome=PrefillRequest.Outcome.FILED)
        .update(**told)
    )
    if not moved:
        is_filed = request.outcome == PrefillRequest.Outcome.FILED
        raise OutcomeFinal if is_filed else OutcomeTooEarly
    record_event(
        kind="prefill.outcome.reported",
        at=at,
        actor=f"e-service:{request.e_service.client_id}",
        subject=f"prefill-request:{request.reference}",
        company_id=request.company_id,
        facts={
            "outcome": outcome,
            "reference": outcome_reference,
            "accepted_at": accepted_at.isoformat(),
        },
    )
    return find_request(reference=reference, e_service_id=e_service_id)
