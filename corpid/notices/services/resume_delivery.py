"""A caseworker starts the job of an abandoned delivery again."""

from datetime import datetime
from uuid import UUID

from corpid.notices.models import WebhookDelivery
from corpid.notices.services.tell_e_service import TRIED_FOR


def resume_delivery(*, reference: str, wake: UUID, at: datetime) -> bool:
    """Return False if it has moved on: replayed, or its endpoint deleted or switched off."""
    resumed = WebhookDelivery.objects.filter(
        reference=reference,
        wake=wake,
        state=WebhookDelivery.State.DEAD,
        endpoint__switched_off="",
    ).update(
        state=WebhookDelivery.State.PENDING,
        tries=0,
        ended_at=None,
        next_try_at=at,
        gives_up_at=at + TRIED_FOR,
    )
    return bool(resumed)
