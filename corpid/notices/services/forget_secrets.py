"""Replaced secrets of endpoints go once they sign along no more."""

from datetime import datetime

from corpid.notices.models import WebhookSecret


def forget_secrets(*, at: datetime) -> int:
    """Return how many went."""
    gone, _ = WebhookSecret.objects.filter(ends_at__lte=at).delete()
    return gone
