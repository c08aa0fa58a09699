"""Give the events of an e-service their places in its list, once they are committed."""

from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from corpid.notices.models import ServiceEvent

_LOCK = 0x6E6F7469  # "noti": the first half of the advisory lock's key


@transaction.atomic
def number_events(*, e_service_id: UUID) -> None:
    """Give a number to what has none yet, in the order of what happened.

    One call at a time for an e-service: what it numbers, later calls number behind. So whoever
    has read up to a position has missed nothing before it, however slow a transaction was.
    """
    unnumbered = ServiceEvent.objects.filter(e_service_id=e_service_id, position=None)
    if not unnumbered.exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, str(e_service_id)]
        )
    last = ServiceEvent.objects.filter(e_service_id=e_service_id).aggregate(
        last=Max("position")
    )["last"]
    # Read after the lock was given: a snapshot of before would number an event twice.
    events = list(unnumbered.order_by("occurred_at", "id"))
    for position, event in enumerate(events, (last or 0) + 1):
        event.position = position
    ServiceEvent.objects.bulk_update(events, ["position"], batch_size=500)
