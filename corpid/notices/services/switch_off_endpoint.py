"""Nothing more goes to an endpoint; what was on its way stays visible and can be replayed."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.notices.models import WebhookDelivery, WebhookEndpoint


@transaction.atomic
def switch_off_endpoint(
    *, endpoint: WebhookEndpoint, because: WebhookEndpoint.SwitchedOff, at: datetime
) -> None:
    """Do nothing to one that is off already."""
    switched = WebhookEndpoint.objects.filter(pk=endpoint.pk, switched_off="").update(
        switched_off=because, switched_off_at=at
    )
    if not switched:
        return
    endpoint.refresh_from_db()
    endpoint.deliveries.filter(state__in=WebhookDelivery.OPEN).update(
        state=WebhookDelivery.State.SWITCHED_OFF, ended_at=at, next_try_at=None
    )
    record_event(
        kind="notices.webhook_endpoint.switched_off",
        at=at,
        actor="system",
        subject=f"webhook-endpoint:{endpoint.id}",
        facts={"because": because.value},
    )
