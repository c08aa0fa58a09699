"""The e-service does not act after all: what it reserved is free again."""

from datetime import datetime

from django.db import transaction

from authentication.models import EService, LimitUse
from authentication.services.capture_amount import ReservationEnded
from authentication.services.find_reservation import find_reservation
from corpid.audit.services.record_event import record_event


@transaction.atomic
def release_amount(*, e_service: EService, reference: str, at: datetime) -> LimitUse:
    """Once more, or after its time, it changes nothing: nothing is held.

    Raises ReservationNotFound, and ReservationEnded for one that was captured.
    """
    use = find_reservation(e_service=e_service, reference=reference)
    held = LimitUse.objects.filter(id=use.id, state=LimitUse.State.RESERVED, expires_at__gt=at)
    changed = held.update(state=LimitUse.State.RELEASED, ended_at=at)
    use.refresh_from_db(fields=["state", "captured_value", "ended_at"])
    if use.state == LimitUse.State.CAPTURED:
        raise ReservationEnded
    if changed:
        record_event(
            kind="authentication.limit.released",
            at=at,
            actor=f"e-service:{e_service.client_id}",
            subject=f"reservation:{use.reference}",
            company_id=use.company_id,
        )
    return use
