"""Forget what e-services pushed, a day after nobody can answer it any more."""

from datetime import datetime, timedelta

from authentication.models import PushedRequest
from authentication.services.openid.open_request import PATIENCE

KEPT_AFTER_EXPIRY = PATIENCE + timedelta(days=1)


def forget_requests(*, at: datetime) -> int:
    """Say how many went; grants and the audit log stay."""
    gone, _ = PushedRequest.objects.filter(expires_at__lt=at - KEPT_AFTER_EXPIRY).delete()
    return gone
