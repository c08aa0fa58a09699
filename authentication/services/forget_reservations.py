"""Forget what was reserved without effect; what was captured stays, since it counts."""

from datetime import datetime, timedelta

from authentication.models import LimitUse

KEPT_FOR = timedelta(days=30)


def forget_reservations(*, at: datetime) -> int:
    """Say how many went."""
    old = LimitUse.objects.without_effect().filter(ended_at__lt=at - KEPT_FOR)
    ids = list(old.values_list("id", flat=True))
    old.filter(id__in=ids).delete()
    return len(ids)
