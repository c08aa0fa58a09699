"""Ask for the next try of a delivery, in the caller's transaction."""

from datetime import datetime

from corpid.identifiers import uuid7
from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.notices.models import WebhookDelivery

DELIVER = "notices.deliver_webhook"


def schedule_delivery(*, delivery: WebhookDelivery, at: datetime, not_before: datetime) -> None:
    """Each try is a job of its own; a job that the row no longer names does nothing."""
    delivery.wake = uuid7()
    delivery.next_try_at = not_before
    delivery.save()
    enqueue_job(
        kind=DELIVER,
        arguments={"delivery": delivery.reference, "wake": str(delivery.wake)},
        at=at,
        unique_key=str(delivery.wake),
        run_after=not_before,
    )
