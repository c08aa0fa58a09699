"""Slow down guessing, without letting a stranger lock the owner out.

Failures are counted in fixed windows in Valkey: for the address that they come from; and for
the account, once for browsers that have signed in to it before (each by itself, known by a
signed cookie) and once for all others. So whoever guesses at an account fills the others'
count, never that of the owner's own browser (OWASP, "Device Cookies").

If Valkey does not answer, tries are let through: Argon2's cost and the one-time code's own
throttle in PostgreSQL remain.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from corpid.errors import TooMany, gettext_noop

logger = logging.getLogger(__name__)


class TooManyTries(TooMany):
    code = "too_many_tries"
    title = gettext_noop("Too many tries.")
    remedy = gettext_noop("Wait a few minutes, then try again.")

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"wait {wait}")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a try comes from. `known_browser` is proven by our own signed cookie."""

    address: str
    known_browser: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class _Bucket:
    key: str
    allowed: int
    per: timedelta

    def place(self, at: datetime) -> tuple[str, datetime]:
        """Give the key of the window that `at` falls into, and the window's end."""
        length = int(self.per.total_seconds())
        number = int(at.timestamp()) // length
        end = datetime.fromtimestamp((number + 1) * length, tz=at.tzinfo)
        return f"tries:{self.key}:{number}", end


_PER_ADDRESS = 50, timedelta(minutes=5)
_PER_PAIR = 5, timedelta(minutes=5)
_PER_ACCOUNT = 50, timedelta(minutes=30)
_PER_KNOWN_BROWSER = 10, timedelta(minutes=5)


def limit_tries(*, email: str, visitor: Visitor, at: datetime) -> None:
    """Raise TooManyTries if a window is full; the same for accounts that don't exist."""
    windows = [(bucket, *bucket.place(at)) for bucket in _buckets(email, visitor)]
    try:
        counts = cache.get_many([key for _, key, _ in windows])
    except RedisError:
        logger.exception("counters of tries do not answer; letting the try through")
        return
    waits = [end - at for bucket, key, end in windows if counts.get(key, 0) >= bucket.allowed]
    if waits:
        raise TooManyTries(max(waits))


def count_failed_try(*, email: str, visitor: Visitor, at: datetime) -> None:
    for bucket in _buckets(email, visitor):
        key, end = bucket.place(at)
        try:
            cache.add(key, 0, timeout=int((end - at).total_seconds()) + 60)
            cache.incr(key)
        except (RedisError, ValueError):  # ValueError: it ran out between the two calls
            logger.exception("a failed try was not counted")


def _buckets(email: str, visitor: Visitor) -> Iterator[_Bucket]:
    account = _hidden("account", email.lower())
    yield _Bucket(f"address:{_hidden('address', visitor.address)}", *_PER_ADDRESS)
    if visitor.known_browser:
        browser = _hidden("browser", visitor.known_browser)
        yield _Bucket(f"browser:{account}:{browser}", *_PER_KNOWN_BROWSER)
        return
    yield _Bucket(f"account:{account}", *_PER_ACCOUNT)
    pair = _hidden("pair", f"{visitor.address} {email.lower()}")
    yield _Bucket(f"pair:{pair}", *_PER_PAIR)


def _hidden(salt: str, value: str) -> str:
    return salted_hmac(f"tries.{salt}", value, algorithm="sha256").hexdigest()[:32]
