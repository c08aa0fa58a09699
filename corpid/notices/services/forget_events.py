"""Events, and the log of their deliveries, are kept for 30 days."""

from datetime import datetime, timedelta

from corpid.notices.models import ServiceEvent

KEPT_FOR = timedelta(days=30)
_BATCH = 1000


def forget_events(*, at: datetime) -> int:
    """Return how many; a thousand at a time, so that nobody waits for a long deletion."""
    old = list(
        ServiceEvent.objects.filter(occurred_at__lt=at - KEPT_FOR).values_list("id", flat=True)[
            :_BATCH
        ]
    )
    ServiceEvent.objects.filter(id__in=old).delete()
    return len(old)
