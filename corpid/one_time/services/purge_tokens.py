"""Forget tokens long after they expired."""

from datetime import datetime

from corpid.one_time.models import OneTimeToken


def purge_tokens(*, expired_before: datetime) -> int:
    """Say how many went. Until then a late second use is still told from a guess."""
    purged, _ = OneTimeToken.objects.filter(expires_at__lt=expired_before).delete()
    return purged
