"""Send an endpoint an event of no meaning, to see that it receives."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.notices.event_types import TEST
from corpid.notices.models import WebhookDelivery, WebhookEndpoint
from corpid.notices.services.find_endpoint import find_endpoint
from corpid.notices.services.tell_e_service import tell_e_service


@transaction.atomic
def fire_test(*, e_service_id: UUID, endpoint_id: str, at: datetime) -> WebhookDelivery:
    """Raise EndpointNotFound, EndpointSwitchedOff."""
    endpoint = find_endpoint(
        e_service_id=e_service_id, endpoint_id=endpoint_id, to_change=True, in_use=True
    )
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failures_in_a_row=0, rests_until=None)
    event = tell_e_service(
        e_service_id=e_service_id,
        type=TEST,
        data={"endpoint": endpoint.id},
        at=at,
        only=endpoint,
    )
    return event.deliveries.select_related("event").get()
