"""What was reserved and neither captured nor released in time is written down as expired.

It takes no room in either case (LimitUseQuerySet.counting).
"""

from datetime import datetime

from django.db import transaction

from authentication.models import LimitUse
from corpid.audit.services.record_event import record_event

_AT_ONCE = 500


def expire_reservations(*, at: datetime) -> int:
    """End all that are overdue, some in each transaction; say how many."""
    ended = 0
    while some := _expire_some(at):
        ended += some
    return ended


@transaction.atomic
def _expire_some(at: datetime) -> int:
    overdue = LimitUse.objects.overdue(at=at).select_for_update(skip_locked=True)
    ended = list(overdue.order_by("expires_at")[:_AT_ONCE])
    LimitUse.objects.filter(id__in=[use.id for use in ended]).update(
        state=LimitUse.State.EXPIRED, ended_at=at
    )
    for use in ended:
        record_event(
            kind="authentication.limit.expired",
            at=at,
            actor="system",
            subject=f"reservation:{use.reference}",
            company_id=use.company_id,
        )
    return len(ended)
