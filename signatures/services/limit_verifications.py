"""Anybody may verify, but no address more than 60 files a minute."""

from datetime import datetime

from django.core.cache import cache

from corpid.errors import TooMany, gettext_noop

PER_MINUTE = 60


class TooManyVerifications(TooMany):
    code = "too_many_verifications"
    title = gettext_noop("Too many files from this address.")
    remedy = gettext_noop("Wait a minute, then go on.")


def limit_verifications(*, address: str, at: datetime) -> None:
    """Count one more in this minute. Raises TooManyVerifications."""
    key = f"verifications:{address}:{int(at.timestamp() // 60)}"
    cache.add(key, 0, timeout=120)
    if cache.incr(key) > PER_MINUTE:
        raise TooManyVerifications(address)
