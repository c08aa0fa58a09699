"""Sent isn't filed: half an hour later, tell the sender if no outcome has been reported."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from corpid.notices.services.tell_each import tell_each
from prefill.models import PrefillRequest, Release
from prefill.services.tell_person import NOT_CONFIRMED, tell_person

WAITS = timedelta(minutes=30)


def remind_of_outcomes(*, at: datetime, at_most: int = 200) -> int:
    """Remind of up to `at_most`, each once, in its own transaction; say of how many."""
    sent = Release.objects.filter(consent__request=OuterRef("pk"), released_at__lte=at - WAITS)
    unconfirmed = PrefillRequest.objects.unconfirmed().filter(Exists(sent))
    return tell_each(
        pks=unconfirmed.values_list("pk", flat=True)[:at_most], tell=lambda pk: _remind(pk, at)
    )


@transaction.atomic
def _remind(pk: UUID, at: datetime) -> bool:
    if not PrefillRequest.objects.unconfirmed().filter(pk=pk).update(reminded_at=at):
        return False  # reported by now, or another worker was here
    request = PrefillRequest.objects.described().get(pk=pk)
    tell_person(
        kind=NOT_CONFIRMED,
        request=request,
        company=request.consent.company,
        person_id=request.consent.person_id,
        path=f"/forms/{request.reference}",
        at=at,
    )
    return True
