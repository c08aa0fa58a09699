"""Remember that a party's own single-use token was used: the `jti` of a proof or assertion."""

import hashlib
import logging
from datetime import datetime, timedelta

import redis
from django.db import IntegrityError, transaction

from corpid.errors import NotAuthenticated, gettext_noop
from corpid.one_time.epoch import (
    EPOCH_KEY,
    Epoch,
    ReplayMemoryNotAvailable,
    current_epoch,
    read_epoch,
    valkey,
)
from corpid.one_time.models import OneTimeToken

logger = logging.getLogger(__name__)

# How far ahead of us an honest party's clock may be (corpid.protocols.jwt).
_AHEAD = timedelta(seconds=30)


class SeenBefore(NotAuthenticated):
    code = "seen_before"
    title = gettext_noop("This was sent before.")
    remedy = gettext_noop("Make a new token, with a jti of its own, for each request.")


class IssuedBeforeMemory(NotAuthenticated):
    """The memory began after the token was issued: it can't be told from a replay."""

    code = "issued_before_memory"
    title = gettext_noop("This was issued too long ago to be accepted now.")
    remedy = gettext_noop("Make a new token and send it at once.")


def remember_once(
    *,
    kind: str,
    party: str,
    jti: str,
    issued_at: datetime,
    keep_until: datetime,
    at: datetime,
    made_in_epoch: str | None = None,
) -> None:
    """Remember the use until `keep_until`.

    Raises SeenBefore, IssuedBeforeMemory, and ReplayMemoryNotAvailable: also in the first
    moments of an epoch, when the fault is not the caller's. Then that goes before SeenBefore:
    whoever sends again what we could not judge has not been found to replay.

    `made_in_epoch` is the epoch that a nonce of ours inside the token proves; without one its
    `issued_at` must not lie before the epoch.

    A party whose clock is ahead can be used before an epoch that begins before its own
    `issued_at`; such uses are remembered in PostgreSQL too, which no wipe reaches.
    """
    name = hashlib.sha256(f"{kind}\n{party}\n{jti}".encode()).hexdigest()
    epoch, is_new = _set_in_valkey(name, keep_until, at)
    if made_in_epoch is not None:
        if made_in_epoch != epoch.id:
            raise IssuedBeforeMemory("made in another epoch")
    elif issued_at < epoch.began_at:
        if epoch.is_young(at=at):
            raise ReplayMemoryNotAvailable(f"issued {issued_at}, epoch since {epoch.began_at}")
        raise IssuedBeforeMemory(f"issued {issued_at}, epoch since {epoch.began_at}")
    if not is_new:
        raise SeenBefore
    if made_in_epoch is None and (issued_at > at or issued_at < epoch.began_at + _AHEAD):
        _insert(name, party, keep_until, at)


def _set_in_valkey(name: str, keep_until: datetime, at: datetime) -> tuple[Epoch, bool]:
    """Set the mark and read the epoch in one step, so that no wipe falls between the two."""
    seconds = max(1, int((keep_until - at).total_seconds()) + 1)
    try:
        with valkey().pipeline(transaction=True) as steps:
            steps.get(EPOCH_KEY)
            steps.set(f"replay:{name}", b"1", nx=True, ex=seconds)
            value, is_new = steps.execute()
    except redis.RedisError as error:
        logger.warning("no replay memory: %s", error)
        raise ReplayMemoryNotAvailable from error
    epoch = read_epoch(value)
    if epoch is None and not is_new:  # whoever was first is about to begin the epoch
        raise SeenBefore
    return epoch or current_epoch(), bool(is_new)


def _insert(name: str, party: str, keep_until: datetime, at: datetime) -> None:
    try:
        with transaction.atomic():
            OneTimeToken.objects.create(
                token_hash=bytes.fromhex(name),
                purpose="remembered",
                subject=party[:100],
                expires_at=max(keep_until, at),
                used_at=at,
            )
    except IntegrityError as error:
        raise SeenBefore from error
