"""Replace the secret of an endpoint; for a while both sign."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.notices.services.find_endpoint import find_endpoint
from corpid.notices.services.keep_secret import keep_secret
from corpid.notices.services.register_endpoint import Registered

LONGEST_OVERLAP = timedelta(days=7)


@transaction.atomic
def rotate_secret(
    *,
    e_service_id: UUID,
    client_id: str,
    endpoint_id: str,
    overlap: timedelta,
    at: datetime,
) -> Registered:
    """Let the replaced secret sign for `overlap` longer, at most 7 days; none if it leaked.

    Older ones that still sign end with it at the latest. Raises EndpointNotFound.
    """
    endpoint = find_endpoint(e_service_id=e_service_id, endpoint_id=endpoint_id, to_change=True)
    ends = at + min(overlap, LONGEST_OVERLAP)
    endpoint.secrets.filter(ends_at=None).update(ends_at=ends)
    endpoint.secrets.filter(ends_at__gt=ends).update(ends_at=ends)
    endpoint.secrets.filter(ends_at__lte=at).delete()
    shown = keep_secret(endpoint=endpoint, at=at)
    record_event(
        kind="notices.webhook_endpoint.secret_rotated",
        at=at,
        actor=f"e-service:{client_id}",
        subject=f"webhook-endpoint:{endpoint.id}",
        facts={"old_ends_at": ends.isoformat()},
    )
    return Registered(endpoint, shown)
