"""Since when Valkey remembers which proofs and assertions were used.

Their `jti` live in Valkey under an epoch. If its key is missing, Valkey was wiped or replaced:
what it had seen is forgotten, so a new epoch begins, and what was issued before it can't be
told from a replay. PostgreSQL keeps the list of epochs: the very first one reaches back to the
beginning of time, since nothing had been accepted before it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import redis
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from corpid.errors import NotAvailable, gettext_noop
from corpid.identifiers import uuid7
from corpid.one_time.models import MemoryEpoch

logger = logging.getLogger(__name__)

EPOCH_KEY = "replay:epoch"
BEGINNING_OF_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER_BY = timedelta(seconds=1)  # between the machines of one installation
# An honest caller's clock may be so far behind (corpid.protocols.jwt), and its `iat` has whole
# seconds: until then, what seems to be from before the epoch may have been made just now.
_FIRST_MOMENTS = timedelta(seconds=30)
_SECONDS_TO_WAIT = 2  # from a wipe until what is issued then is accepted
_LOCK = 0x65706F6368  # "epoch": the advisory lock of whoever begins one


class ReplayMemoryNotAvailable(NotAvailable):
    """Valkey is away, or began so lately that the honest can't be told from a replay."""

    code = "replay_memory_not_available"
    title = gettext_noop("We can't check right now whether this was sent before.")
    remedy = gettext_noop("Try again in a few seconds.")
    oauth_error = "temporarily_unavailable"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.headers["Retry-After"] = str(_SECONDS_TO_WAIT)  # RFC 9110, section 15.6.4


@dataclass(frozen=True, slots=True)
class Epoch:
    id: str
    began_at: datetime

    def is_young(self, *, at: datetime) -> bool:
        """Say whether even what is issued now may seem to be from before the epoch."""
        return at < self.began_at + _FIRST_MOMENTS


@cache
def valkey() -> redis.Redis:
    """Give this process's client; its pool notices a fork."""
    return redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])


def read_epoch(value: object) -> Epoch | None:
    if not isinstance(value, bytes):
        return None
    id_, began_at = value.decode().split(" ")
    return Epoch(id_, datetime.fromisoformat(began_at))


def current_epoch() -> Epoch:
    """Find the epoch, or begin one. Raises ReplayMemoryNotAvailable."""
    try:
        return read_epoch(valkey().get(EPOCH_KEY)) or _begin_epoch()
    except redis.RedisError as error:
        logger.warning("no epoch: %s", error)
        raise ReplayMemoryNotAvailable from error


def begin_anew() -> Epoch:
    """Forget what was remembered: after a restore it is of a past that PostgreSQL knows not.

    Raises ReplayMemoryNotAvailable.
    """
    try:
        valkey().delete(EPOCH_KEY)
    except redis.RedisError as error:
        logger.warning("no epoch: %s", error)
        raise ReplayMemoryNotAvailable from error
    return current_epoch()


def _begin_epoch() -> Epoch:
    """Begin an epoch, one process at a time.

    The row of the first must be there for good before it is announced, or the next wipe would
    pass for a first start; and whoever slept between the two steps must not announce it after
    somebody began the second. A later epoch needs no such care: its row is only a record.
    """
    with _one_at_a_time():
        begun_meanwhile = read_epoch(valkey().get(EPOCH_KEY))
        if begun_meanwhile is not None:
            return begun_meanwhile
        last = MemoryEpoch.objects.aggregate(number=Max("number"))["number"]
        if last is not None:
            return _announce(_write_epoch(last + 1, _moment() + _CLOCKS_DIFFER_BY))
        first = _write_epoch(1, BEGINNING_OF_TIME)
    with _one_at_a_time():
        if not MemoryEpoch.objects.filter(number__gt=1).exists():
            return _announce(first)
    return current_epoch()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield


def _moment() -> datetime:
    """Read the clock under the lock; the request's own time may be old by then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment


def _write_epoch(number: int, began_at: datetime) -> Epoch:
    epoch = Epoch(uuid7().hex, began_at)
    MemoryEpoch.objects.create(id=epoch.id, number=number, began_at=began_at)
    return epoch


def _announce(epoch: Epoch) -> Epoch:
    valkey().set(EPOCH_KEY, f"{epoch.id} {epoch.began_at.isoformat()}")
    return epoch
