"""Forget what was reserved without effect; what was captured stays, since it counts."""

from datetime import datetime, timedelta

from authentication.models import LimitUse

KEPT_FOR = timedelta(days=30)
_AT_ONCE = 500


def forget_reservations(*, at: datetime) -> int:
    """Take some at once, until none is left; say how many went."""
    old = LimitUse.objects.without_effect().filter(ended_at__lt=at - KEPT_FOR)
    forgotten = 0
    while ids := list(old.order_by("ended_at").values_list("id", flat=True)[:_AT_ONCE]):
        old.filter(id__in=ids).delete()
        forgotten += len(ids)
    return forgotten
