"""Sign the head of the log if it has grown, and take it out of the house.

Signing commits before anything is written outside, and each place gets the newest head that it
does not have yet: a crash in between costs a few seconds, at most a note written twice. A head
covers all before it, so a place that was away misses nothing but moments.

A place that fails holds up no other. What it last said and since when it fails is kept
(`Follower`), for `measure_log` and the reading room to show, and it is left alone for a while.
"""

from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction

from corpid.audit.models import Checkpoint, Follower
from corpid.audit.origin import verifier_key
from corpid.audit.outside.configured import outside_places
from corpid.audit.outside.place import OutsidePlace, PlaceNotAvailable
from corpid.audit.stored_tree import stored_frontier
from corpid.keys.models import Algorithm, Purpose
from corpid.keys.services.ensure_key import ensure_key
from corpid.keys.store import key_store
from corpid.protocols import checkpoint as c2sp

REST_AFTER_FAILURE = timedelta(seconds=20)
_LONGEST_FAILURE = 200
logger = structlog.get_logger(__name__)


def publish_checkpoint(*, at: datetime) -> int:
    """Return how many places took the head in this run."""
    _sign_head(at)
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None:
        return 0
    taken = sum(_take_out(newest, place, at) for place in outside_places())
    if taken:
        Checkpoint.objects.filter(size=newest.size, published_at=None).update(published_at=at)
    return taken


def _take_out(head: Checkpoint, place: OutsidePlace, at: datetime) -> bool:
    follower, _ = Follower.objects.get_or_create(name=place.name)
    if _has(follower, head) or _rests(follower, at):
        return False
    try:
        place.append(head.note, signed_at=head.signed_at)
    except PlaceNotAvailable as failure:
        _note_failure(follower, str(failure), at)
        return False
    _note_success(follower, head, at)
    return True


def _has(follower: Follower, head: Checkpoint) -> bool:
    root = bytes(follower.root) if follower.root is not None else None
    return (follower.size, root) == (head.size, bytes(head.root))


def _rests(follower: Follower, at: datetime) -> bool:
    asked = follower.asked_at
    if asked is None or follower.failing_since is None:
        return False
    return asked <= at < asked + REST_AFTER_FAILURE


def _note_failure(follower: Follower, failure: str, at: datetime) -> None:
    logger.error("audit_checkpoint_not_kept", place=follower.name, failure=failure)
    follower.asked_at = at
    follower.failing_since = follower.failing_since or at
    follower.failure = failure[:_LONGEST_FAILURE] or "unknown"
    follower.save()


def _note_success(follower: Follower, head: Checkpoint, at: datetime) -> None:
    if follower.failing_since is not None:
        logger.warning("audit_checkpoint_kept_again", place=follower.name)
    follower.size, follower.root = head.size, head.root
    follower.followed_at = follower.asked_at = at
    follower.failing_since, follower.failure = None, ""
    follower.save()


@transaction.atomic
def _sign_head(at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size FROM audit.sealer")
        (size,) = cursor.fetchone()
    if size == 0 or Checkpoint.objects.filter(size=size).exists():
        return
    key = ensure_key(purpose=Purpose.AUDIT, algorithm=Algorithm.ED25519, at=at)
    named = verifier_key(key)
    head = c2sp.Checkpoint(named.name, size, stored_frontier(size).root())
    note = c2sp.sign_note(
        head.text(), key=named, sign=lambda text: key_store().sign(key.id, text)
    )
    signed = Checkpoint(size=size, root=head.root, note=note, signed_at=at)
    Checkpoint.objects.bulk_create([signed], ignore_conflicts=True)  # a twin signs the same
