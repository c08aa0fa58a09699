"""The log of an endpoint's deliveries, for its owner."""

from uuid import UUID

from django.db.models import QuerySet

from corpid.notices.models import WebhookDelivery
from corpid.notices.services.find_endpoint import find_endpoint


def find_deliveries(
    *, e_service_id: UUID, endpoint_id: str, state: str | None = None
) -> QuerySet[WebhookDelivery]:
    """Bring along what an answer prints. Raises EndpointNotFound."""
    endpoint = find_endpoint(e_service_id=e_service_id, endpoint_id=endpoint_id)
    deliveries = endpoint.deliveries.select_related("event").prefetch_related("attempts")
    return deliveries if state is None else deliveries.filter(state=state)
