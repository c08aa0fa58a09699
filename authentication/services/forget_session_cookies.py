"""Forget what was kept for browsers whose cookie has expired, signed in or not."""

from datetime import datetime

from django.contrib.sessions.models import Session

_AT_ONCE = 5000


def forget_session_cookies(*, at: datetime) -> int:
    """Forget up to 5000; say how many went."""
    over = Session.objects.filter(expire_date__lt=at).order_by("expire_date")
    gone, _ = Session.objects.filter(pk__in=over.values("pk")[:_AT_ONCE]).delete()
    return gone
