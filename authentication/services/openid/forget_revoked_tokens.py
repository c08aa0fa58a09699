"""Forget which access tokens were taken back, once they would have expired anyway."""

from datetime import datetime, timedelta

from authentication.models import RevokedAccessToken

KEPT_AFTER_EXPIRY = timedelta(minutes=1)  # the clocks of our machines differ


def forget_revoked_tokens(*, at: datetime) -> int:
    """Say how many went."""
    gone, _ = RevokedAccessToken.objects.expired(at=at - KEPT_AFTER_EXPIRY).delete()
    return gone
