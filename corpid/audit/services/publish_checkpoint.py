"""Sign the head of the log if it has grown, have it cosigned, and take it out of the house.

Signing commits before anything is written outside, and each place gets the newest head that it
does not have yet: a crash in between costs a few seconds, at most a note written twice. A head
covers all before it, so a place that was away misses nothing but moments.

A place or a witness that fails holds up no other. What it last said and since when it fails is
kept (`Follower`), for `measure_log` and the reading room to show, and it is left alone for a
while. A head without cosignature is published all the same; the next one is asked for again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from django.core.cache import cache
from django.db import connection

from corpid.audit.models import Checkpoint, Follower
from corpid.audit.origin import verifier_key
from corpid.audit.outside.configured import outside_places
from corpid.audit.outside.place import OutsidePlace, PlaceNotAvailable
from corpid.audit.outside.witness import Witness, witnesses
from corpid.audit.stored_tree import stored_frontier, with_stored_hashes
from corpid.keys.models import Algorithm, Purpose
from corpid.keys.services.ensure_key import ensure_key
from corpid.keys.store import key_store
from corpid.protocols import checkpoint as c2sp
from corpid.protocols.merkle import consistency_proof

logger = structlog.get_logger(__name__)
_LONGEST_RUN = 60  # seconds, should its process be killed


def publish_checkpoint(*, at: datetime) -> int:
    """Return how many places took the head in this run; none while another run is at it."""
    with _alone() as is_alone:
        return _publish(at) if is_alone else 0


@contextmanager
def _alone() -> Iterator[bool]:
    """Keep runs that wait for a place from gathering. Two at once would do no harm."""
    if not cache.add("audit.publishing", 1, timeout=_LONGEST_RUN):
        yield False
        return
    try:
        yield True
    finally:
        cache.delete("audit.publishing")


def _publish(at: datetime) -> int:
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
    if follower.has(head) or follower.rests(at=at):
        return False
    try:
        place.append(head.note, signed_at=head.signed_at)
    except PlaceNotAvailable as failure:
        _note_failure(follower, failure, at)
        return False
    follower.note_followed(size=head.size, root=bytes(head.root), at=at)
    return True


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
    lines = [_cosignature(head, note, witness, at) for witness in witnesses()]
    note += "".join(f"{line}\n" for line in lines if line)
    signed = Checkpoint(size=size, root=head.root, note=note, signed_at=at)
    Checkpoint.objects.bulk_create([signed], ignore_conflicts=True)  # a twin signs the same


def _cosignature(
    head: c2sp.Checkpoint, note: str, witness: Witness, at: datetime
) -> str | None:
    follower, _ = Follower.objects.get_or_create(name=witness.name)
    if follower.rests(at=at):
        return None

    def prove(old: int) -> list[bytes]:
        return with_stored_hashes(lambda subtree: consistency_proof(old, head.size, subtree))

    try:
        line = witness.cosign(note, size=head.size, known=follower.size, prove=prove)
    except PlaceNotAvailable as failure:
        _note_failure(follower, failure, at)
        return None
    follower.note_followed(size=head.size, root=head.root, at=at)
    return line


def _note_failure(follower: Follower, failure: PlaceNotAvailable, at: datetime) -> None:
    logger.error("audit_head_not_followed", follower=follower.name, failure=str(failure))
    follower.note_failed(reason=str(failure), at=at)
