"""Slow down guessing: where a window of failed tries is full, no try is let through.

If Valkey does not answer, tries are let through: Argon2's cost and the one-time code's own
throttle in PostgreSQL remain.
"""

import logging
from datetime import datetime, timedelta

from django.core.cache import cache
from redis.exceptions import RedisError

from authentication.tries import Visitor, windows_of
from corpid.errors import TooMany, gettext_noop

logger = logging.getLogger(__name__)


class TooManyTries(TooMany):
    code = "too_many_tries"
    title = gettext_noop("Too many tries.")
    remedy = gettext_noop("Wait a few minutes, then try again.")

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"wait {wait}")
        self.wait = wait


def limit_tries(*, email: str, visitor: Visitor, at: datetime) -> None:
    """Raise TooManyTries if a window is full; the same for accounts that don't exist."""
    windows = windows_of(email, visitor, at)
    try:
        counts = cache.get_many([window.key for window in windows])
    except RedisError:
        logger.exception("counters of tries do not answer; letting the try through")
        return
    waits = [
        window.ends_at - at for window in windows if counts.get(window.key, 0) >= window.allowed
    ]
    if waits:
        raise TooManyTries(max(waits))
