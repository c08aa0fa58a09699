"""Verdicts go after their time; uploads went before."""

from datetime import datetime

from signatures.models import Verification


def forget_verifications(*, at: datetime) -> int:
    """Delete what is past its time; say how many."""
    deleted, _ = Verification.objects.gone(at=at).delete()
    return deleted
