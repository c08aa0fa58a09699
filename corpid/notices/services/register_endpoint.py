"""An e-service names an address where it wants its events."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop
from corpid.notices.models import WebhookEndpoint
from corpid.notices.services.judge_endpoint import judge_endpoint
from corpid.notices.services.keep_secret import keep_secret

MOST_ENDPOINTS = 10
_LOCK = 0x77656268  # "webh": the first half of the advisory lock's key


class TooManyEndpoints(Conflict):
    code = "too_many_webhook_endpoints"
    title = gettext_noop("You have as many webhook endpoints as an e-service may have.")
    remedy = gettext_noop("Delete one that you no longer use, or change its address.")


@dataclass(frozen=True, slots=True)
class Registered:
    endpoint: WebhookEndpoint
    secret: str = field(repr=False)


@transaction.atomic
def register_endpoint(
    *,
    e_service_id: UUID,
    client_id: str,
    url: str,
    event_types: Sequence[str],
    description: str,
    at: datetime,
) -> Registered:
    """Show the secret this once.

    Raises DestinationRefused, EventTypeUnknown, TooManyEndpoints.
    """
    judge_endpoint(url=url, event_types=event_types)
    with connection.cursor() as cursor:  # two at once must not both be the tenth
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, str(e_service_id)]
        )
    if WebhookEndpoint.objects.filter(e_service_id=e_service_id).count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    endpoint = WebhookEndpoint.objects.create(
        e_service_id=e_service_id,
        url=url,
        description=description,
        event_types=list(event_types),
        created_at=at,
    )
    record_event(
        kind="notices.webhook_endpoint.registered",
        at=at,
        actor=f"e-service:{client_id}",
        subject=f"webhook-endpoint:{endpoint.id}",
        facts={"url": url, "event_types": list(event_types)},
    )
    return Registered(endpoint, keep_secret(endpoint=endpoint, at=at))
