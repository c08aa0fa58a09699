"""What was reserved and neither captured nor released in time no longer takes room."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from authentication.models import LimitUse
from corpid.audit.services.record_event import record_event

_AT_ONCE = 500


@transaction.atomic
def expire_reservations(*, at: datetime, mandates: Collection[UUID] | None = None) -> int:
    """End those that are overdue: some of all, or all that count against these mandates.

    Whoever is just capturing one of the mandates' is waited for: it then counts as captured.
    """
    overdue = LimitUse.objects.overdue(at=at)
    if mandates is not None:
        counted = LimitUse.mandates.through.objects.filter(mandate__in=mandates)
        overdue = overdue.filter(id__in=counted.values("limituse_id"))
    locked = overdue.select_for_update(skip_locked=mandates is None).order_by("id")
    ended = list(locked if mandates is not None else locked[:_AT_ONCE])
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
