"""Count a failed try in every window that it falls into."""

import logging
from datetime import datetime

from django.core.cache import cache
from redis.exceptions import RedisError

from authentication.tries import Visitor, windows_of

logger = logging.getLogger(__name__)


def count_failed_try(*, email: str, visitor: Visitor, at: datetime) -> None:
    for window in windows_of(email, visitor, at):
        try:
            cache.add(window.key, 0, timeout=int((window.ends_at - at).total_seconds()) + 60)
            cache.incr(window.key)
        except (RedisError, ValueError):  # ValueError: it ran out between the two calls
            logger.exception("a failed try was not counted")
