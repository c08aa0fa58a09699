"""Answers kept for a repeated POST are forgotten when their promise ends (24 h)."""

from datetime import datetime, timedelta

from corpid.api.models import IdempotentAnswer

KEPT_FOR = timedelta(hours=24)


def purge_answers(*, at: datetime) -> int:
    """Give the number of answers forgotten."""
    purged, _ = IdempotentAnswer.objects.filter(created_at__lt=at - KEPT_FOR).delete()
    return purged
