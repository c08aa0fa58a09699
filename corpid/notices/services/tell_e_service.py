"""Tell an e-service what happened, in the transaction that makes it happen."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from corpid.notices.event_types import EVENT_TYPES
from corpid.notices.models import ServiceEvent, WebhookDelivery, WebhookEndpoint
from corpid.notices.services.schedule_delivery import schedule_delivery

TRIED_FOR = timedelta(hours=24)


@transaction.atomic
def tell_e_service(
    *,
    e_service_id: UUID,
    type: str,  # noqa: A002  the standard's word
    data: Mapping[str, object],
    at: datetime,
    only: WebhookEndpoint | None = None,
) -> ServiceEvent:
    """Write the event, and a delivery for each endpoint that wants it.

    Raises KeyError for a type that the catalogue does not know, or data that differ from its
    example's members: a mistake of the caller.
    """
    entry = EVENT_TYPES[type]
    if data.keys() != entry.example.keys():
        raise KeyError(f"{type} has the members {sorted(entry.example)}")
    event = ServiceEvent.objects.create(
        e_service_id=e_service_id, type=type, data=dict(data), occurred_at=at
    )
    if only is not None:
        endpoints = [only]
    else:
        in_use = WebhookEndpoint.objects.filter(e_service_id=e_service_id, switched_off="")
        endpoints = [endpoint for endpoint in in_use if endpoint.wants(type)]
    for endpoint in endpoints:
        delivery = WebhookDelivery(endpoint=endpoint, event=event, gives_up_at=at + TRIED_FOR)
        schedule_delivery(delivery=delivery, at=at, not_before=at)
    return event
