"""Anybody may verify, but no address more than 60 files a minute.

If Valkey does not answer, files are let through: the queue of verifications waits its turn.
"""

import logging
from datetime import datetime

from django.core.cache import cache
from redis.exceptions import RedisError

from corpid.api.forwarded import block_of
from corpid.errors import TooMany, gettext_noop

logger = logging.getLogger(__name__)

PER_MINUTE = 60


class TooManyVerifications(TooMany):
    code = "too_many_verifications"
    title = gettext_noop("Too many files from this address.")
    remedy = gettext_noop("Wait a minute, then go on.")


def limit_verifications(*, address: str, at: datetime) -> None:
    """Count one more in this minute. Raises TooManyVerifications."""
    key = f"verifications:{block_of(address)}:{int(at.timestamp() // 60)}"
    try:
        cache.add(key, 0, timeout=120)
        count = cache.incr(key)
    except (RedisError, ValueError):  # ValueError: it ran out between the two calls
        logger.exception("a verification was not counted; letting it through")
        return
    if count > PER_MINUTE:
        raise TooManyVerifications(address)
