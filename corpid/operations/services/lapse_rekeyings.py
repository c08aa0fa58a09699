"""Lift what one person alone had suspended for a day: nobody confirmed it."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.keys.models import SigningKey
from corpid.operations.models import Rekeying


def lapse_rekeyings(*, at: datetime) -> int:
    """Return how many have lapsed."""
    return sum(_lapse(rekeying, at) for rekeying in Rekeying.objects.lapsing(at=at))


@transaction.atomic
def _lapse(found: Rekeying, at: datetime) -> bool:
    lapsing = Rekeying.objects.lapsing(at=at).select_for_update()
    rekeying = lapsing.filter(id=found.id).first()
    if rekeying is None:
        return False  # confirmed this moment
    SigningKey.objects.filter(rekeyings__rekeying=rekeying).update(suspended_at=None)
    rekeying.state, rekeying.ended_at = Rekeying.State.LAPSED, at
    rekeying.save(update_fields=["state", "ended_at"])
    record_event(
        kind="operations.rekeying.lapsed", at=at, actor="system", subject=rekeying.subject
    )
    return True
