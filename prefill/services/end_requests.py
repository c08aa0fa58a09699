"""Housekeeping: what has expired is ended, and values that nobody may collect are destroyed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.notices.services.complete_tasks import complete_tasks
from prefill.models import PrefillRequest, Release
from prefill.models.release import REPEATABLE_FOR
from prefill.services.destroy_values import destroy_values
from prefill.services.tell_asker import tell_asker
from prefill.services.tell_person import CONSENT_ASKED


@dataclass(frozen=True, slots=True)
class Ended:
    requests_expired: int  # unanswered or uncollected; what was collected once only ends
    values_destroyed: int
    copies_emptied: int


@transaction.atomic
def end_requests(*, at: datetime) -> Ended:
    """Expire what was not answered or collected in time; empty the copies kept to repeat."""
    unanswered = _held_while_ending(state__in=PrefillRequest.BEFORE_CONSENT, expires_at__lte=at)
    for request in unanswered:
        complete_tasks(kind=CONSENT_ASKED, subject=request.subject, at=at)
    lapsed = _held_while_ending(
        state__in=PrefillRequest.HOLDING_VALUES, consent__expires_at__lte=at
    )
    destroyed = destroy_values(
        requests=PrefillRequest.objects.filter(pk__in=[request.pk for request in lapsed])
    )
    states = PrefillRequest.State
    collected = [request for request in lapsed if request.state == states.RELEASED]
    uncollected = [request for request in lapsed if request.state != states.RELEASED]
    _end(collected, states.PURGED, at)
    _end([*unanswered, *uncollected], states.EXPIRED, at)
    emptied = (
        Release.objects.filter(released_at__lte=at - REPEATABLE_FOR)
        .exclude(sealed="")
        .update(sealed="")
    )
    return Ended(len(unanswered) + len(uncollected), destroyed, emptied)


def _held_while_ending(**which: Any) -> list[PrefillRequest]:
    """Hold them in one order: whoever is releasing values at this moment comes first."""
    return list(
        PrefillRequest.objects.select_for_update(of=("self",))
        .filter(**which)
        .defer("sealed_values")
        .order_by("id")
    )


def _end(requests: list[PrefillRequest], state: PrefillRequest.State, at: datetime) -> None:
    PrefillRequest.objects.filter(pk__in=[request.pk for request in requests]).update(
        state=state
    )
    for request in requests:
        if state == PrefillRequest.State.EXPIRED:
            tell_asker(request=request, state=state, at=at)
        record_event(
            kind=f"prefill.request.{state.value}",
            at=at,
            actor="system",
            subject=request.subject,
            company_id=request.company_id,
            facts={
                "was": request.state,
                "values_destroyed": request.wrapped_data_key is not None,
            },
        )
