"""Forget tokens long after they expired."""

from datetime import datetime, timedelta

from corpid.one_time.models import OneTimeToken

KEPT_FOR = timedelta(days=1)  # after they expired: a late second use is told from a guess


def purge_tokens(*, at: datetime) -> int:
    """Say how many went."""
    purged, _ = OneTimeToken.objects.filter(expires_at__lt=at - KEPT_FOR).delete()
    return purged
