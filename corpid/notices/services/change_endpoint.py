"""An e-service changes where or what it is told, or switches an endpoint off and on."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.notices.models import WebhookEndpoint
from corpid.notices.services.find_endpoint import find_endpoint
from corpid.notices.services.judge_endpoint import judge_endpoint
from corpid.notices.services.switch_off_endpoint import switch_off_endpoint


@transaction.atomic
def change_endpoint(
    *,
    e_service_id: UUID,
    client_id: str,
    endpoint_id: str,
    at: datetime,
    url: str | None = None,
    event_types: Sequence[str] | None = None,
    description: str | None = None,
    is_in_use: bool | None = None,
) -> WebhookEndpoint:
    """None leaves a member as it is.

    Raises EndpointNotFound, and what a registration raises for the same members.
    """
    endpoint = find_endpoint(e_service_id=e_service_id, endpoint_id=endpoint_id, to_change=True)
    endpoint.url = endpoint.url if url is None else url
    if event_types is not None:
        endpoint.event_types = list(event_types)
    endpoint.description = endpoint.description if description is None else description
    judge_endpoint(url=endpoint.url, event_types=endpoint.event_types)
    if url is not None or is_in_use:  # whoever says that it is mended need not wait
        endpoint.failures_in_a_row, endpoint.rests_until = 0, None
    if is_in_use:
        endpoint.switched_off, endpoint.switched_off_at = WebhookEndpoint.SwitchedOff.NO, None
    endpoint.save()
    if is_in_use is False and endpoint.is_in_use:
        switch_off_endpoint(endpoint=endpoint, because=WebhookEndpoint.SwitchedOff.OWNER, at=at)
    record_event(
        kind="notices.webhook_endpoint.changed",
        at=at,
        actor=f"e-service:{client_id}",
        subject=f"webhook-endpoint:{endpoint.id}",
        facts={
            "url": endpoint.url,
            "event_types": tuple(endpoint.event_types),
            "is_in_use": endpoint.is_in_use,
        },
    )
    return endpoint
