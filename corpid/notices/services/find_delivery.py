"""One delivery of an endpoint, for its owner."""

from uuid import UUID

from corpid.notices.models import WebhookDelivery
from corpid.notices.services.find_deliveries import find_deliveries
from corpid.notices.services.replay_delivery import DeliveryNotFound


def find_delivery(*, e_service_id: UUID, endpoint_id: str, reference: str) -> WebhookDelivery:
    """Raise EndpointNotFound, DeliveryNotFound."""
    found = find_deliveries(e_service_id=e_service_id, endpoint_id=endpoint_id)
    delivery = found.filter(reference=reference).first()
    if delivery is None:
        raise DeliveryNotFound
    return delivery
