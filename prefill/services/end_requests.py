"""Housekeeping: what has expired is ended, and values that nobody may collect are destroyed."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from corpid.notices.services.complete_tasks import complete_tasks
from prefill.models import PrefillRequest, Release
from prefill.models.release import REPEATABLE_FOR
from prefill.services.destroy_values import destroy_values
from prefill.services.tell_person import CONSENT_ASKED, subject_of


@dataclass(frozen=True, slots=True)
class Ended:
    requests_expired: int
    values_destroyed: int
    copies_emptied: int


@transaction.atomic
def end_requests(*, at: datetime) -> Ended:
    """Expire what was not answered or collected in time; empty the copies kept to repeat."""
    lapsed = PrefillRequest.objects.filter(
        state__in=PrefillRequest.HOLDING_VALUES, consent__expires_at__lte=at
    )
    destroyed = destroy_values(requests=lapsed)
    collected = PrefillRequest.objects.filter(
        state=PrefillRequest.State.RELEASED, consent__expires_at__lte=at
    ).update(state=PrefillRequest.State.PURGED)
    late = PrefillRequest.objects.filter(
        state__in=PrefillRequest.BEFORE_CONSENT, expires_at__lte=at
    )
    for request in late:
        complete_tasks(kind=CONSENT_ASKED, subject=subject_of(request), at=at)
    unanswered = late.update(state=PrefillRequest.State.EXPIRED)
    uncollected = PrefillRequest.objects.filter(
        state__in=[PrefillRequest.State.READY, PrefillRequest.State.PARTIAL],
        consent__expires_at__lte=at,
    ).update(state=PrefillRequest.State.EXPIRED)
    emptied = (
        Release.objects.filter(released_at__lte=at - REPEATABLE_FOR)
        .exclude(sealed="")
        .update(sealed="")
    )
    return Ended(unanswered + uncollected + collected, destroyed, emptied)
