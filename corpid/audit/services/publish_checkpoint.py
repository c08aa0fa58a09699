"""Sign the head of the log if it has grown, and take it out of the house.

Signing commits before anything is written outside, and what was signed and not yet written is
written by the next run: a crash in between costs a few seconds, at most a line written twice.
"""

from datetime import datetime

from django.db import connection, transaction

from corpid.audit.models import Checkpoint
from corpid.audit.origin import verifier_key
from corpid.audit.outside import outside_places
from corpid.audit.stored_tree import stored_frontier
from corpid.keys.models import Algorithm, Purpose
from corpid.keys.services.ensure_key import ensure_key
from corpid.keys.store import key_store
from corpid.protocols import checkpoint as c2sp


def publish_checkpoint(*, at: datetime) -> int:
    """Return how many checkpoints left the house in this run."""
    _sign_head(at)
    published = 0
    for signed in Checkpoint.objects.filter(published_at=None).order_by("size"):
        for place in outside_places():
            place.append(signed.note, signed_at=signed.signed_at)
        published += Checkpoint.objects.filter(size=signed.size).update(published_at=at)
    return published


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
