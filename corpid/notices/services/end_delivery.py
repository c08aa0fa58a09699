"""A delivery has ended, one way or another."""

from datetime import datetime

from corpid.notices.models import WebhookDelivery


def end_delivery(
    *, delivery: WebhookDelivery, state: WebhookDelivery.State, at: datetime
) -> None:
    delivery.state = state
    delivery.ended_at = at
    delivery.next_try_at = None
    delivery.save()
