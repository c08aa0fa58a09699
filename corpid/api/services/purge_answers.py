"""Answers kept for a repeated POST are forgotten when their promise ends (24 h)."""

from datetime import datetime

from corpid.api.models import IdempotentAnswer


def purge_answers(*, before: datetime) -> int:
    """Give the number of answers forgotten."""
    purged, _ = IdempotentAnswer.objects.filter(created_at__lt=before).delete()
    return purged
