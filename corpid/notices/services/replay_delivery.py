"""Send an event once more that was delivered, given up or held back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.errors import Conflict, NotFound, gettext_noop
from corpid.notices.models import WebhookDelivery, WebhookEndpoint
from corpid.notices.services.begin_again import begin_again
from corpid.notices.services.find_endpoint import find_endpoint


class DeliveryNotFound(NotFound):
    code = "webhook_delivery_not_found"
    title = gettext_noop("This endpoint has no delivery with this id.")
    remedy = gettext_noop("List its deliveries and take an id from there.")


class DeliveryOnItsWay(Conflict):
    code = "webhook_delivery_on_its_way"
    title = gettext_noop("This delivery is still being tried.")
    remedy = gettext_noop("Its next try is shown; fire a test to have the endpoint tried now.")


@transaction.atomic
def replay_delivery(
    *, e_service_id: UUID, endpoint_id: str, reference: str, at: datetime
) -> WebhookDelivery:
    """Keep the webhook-id, the event's: a receiver that has it already can tell.

    Raises EndpointNotFound, EndpointSwitchedOff, DeliveryNotFound, DeliveryOnItsWay.
    """
    endpoint = find_endpoint(e_service_id=e_service_id, endpoint_id=endpoint_id, in_use=True)
    delivery = (
        endpoint.deliveries.select_for_update(of=("self",))
        .filter(reference=reference)
        .select_related("event")
        .first()
    )
    if delivery is None:
        raise DeliveryNotFound
    if delivery.is_open:
        raise DeliveryOnItsWay(delivery.state)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failures_in_a_row=0, rests_until=None)
    begin_again(delivery=delivery, at=at)
    return delivery
