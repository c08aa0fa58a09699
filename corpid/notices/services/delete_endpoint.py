"""An e-service gives an endpoint up: its secrets and its log go with it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.notices.services.find_endpoint import find_endpoint


@transaction.atomic
def delete_endpoint(
    *, e_service_id: UUID, client_id: str, endpoint_id: str, at: datetime
) -> None:
    """Raise EndpointNotFound."""
    endpoint = find_endpoint(e_service_id=e_service_id, endpoint_id=endpoint_id, to_change=True)
    record_event(
        kind="notices.webhook_endpoint.deleted",
        at=at,
        actor=f"e-service:{client_id}",
        subject=f"webhook-endpoint:{endpoint.id}",
        facts={"url": endpoint.url},
    )
    endpoint.delete()
