"""A delivery that has ended gets another 24 hours."""

from datetime import datetime

from corpid.notices.models import WebhookDelivery
from corpid.notices.services.schedule_delivery import schedule_delivery
from corpid.notices.services.tell_e_service import TRIED_FOR


def begin_again(*, delivery: WebhookDelivery, at: datetime) -> None:
    """Take a delivery that the caller has locked and seen ended."""
    delivery.state = WebhookDelivery.State.PENDING
    delivery.tries = 0
    delivery.ended_at = None
    delivery.gives_up_at = at + TRIED_FOR
    schedule_delivery(delivery=delivery, at=at, not_before=at)
