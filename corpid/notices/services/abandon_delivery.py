"""Give up what the workers could not even try, where everybody sees it."""

from datetime import datetime
from uuid import UUID

from corpid.notices.models import WebhookAttempt, WebhookDelivery
from corpid.notices.services.end_delivery import end_delivery


def abandon_delivery(*, reference: str, wake: UUID, error_code: str, at: datetime) -> None:
    """Do nothing for a delivery that has ended, or that a newer job tries."""
    delivery = WebhookDelivery.objects.filter(reference=reference, wake=wake).first()
    if delivery is not None and delivery.is_open:
        WebhookAttempt.objects.create(
            delivery=delivery, at=at, milliseconds=0, error_code=error_code
        )
        end_delivery(delivery=delivery, state=WebhookDelivery.State.DEAD, at=at)
