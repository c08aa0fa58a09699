"""Find bytes that nothing refers to, and remove those that were found a day ago.

1. A row that is kept for good and that no row of any app names: work that was given up after it
   had stored its result.
2. Bytes that arrived and that nobody counted: their request was refused, or its process died.
3. Bytes without a row of either kind: a restored database no longer knows them.

Nothing goes at first sight. What is found is written down, is forgotten once something refers
to it, and is removed only if nothing does a day later, under the lock of its digest: a
transaction that counts it and is still open holds that lock, however long it takes. What
arrives is not in doubt for an hour, however old its bytes; later its arrival goes with them,
under the same lock, and whoever comes to count it finds neither.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

import structlog
from django.db import transaction

from corpid.files.configured_storage import configured_storage
from corpid.files.digest_lock import take_digest
from corpid.files.models import NEW_FOR, Arrival, Orphan, StoredFile
from corpid.files.storage import Held

ORPHANED_FOR = timedelta(days=1)
# Bytes without any row are rare. Where they are many, the store is another installation's, or
# the database was brought back to long ago: nothing is removed before somebody has looked.
MOST_STRANGE = 20
STRANGE_SHARE = 0.01
_BATCH = 1_000
Item = TypeVar("Item")

logger = structlog.get_logger(__name__)


def sweep_orphans(*, at: datetime) -> int:
    """Write down what is orphaned now; remove what has been so for a day; say how many went."""
    storage = configured_storage()
    storage.clear_arriving(before=at - ORPHANED_FOR)
    for orphan in Orphan.objects.all():
        if _is_wanted(orphan.digest_hex, at):
            orphan.delete()
    rows = StoredFile.objects.orphaned(at=at).names_and_sizes()
    for batch in _in_batches(rows, _BATCH):
        _write_down(batch, at)
    _write_down(_never_counted(at), at)
    all_held = strange = 0
    for held in _in_batches(storage.held(), _BATCH):
        unknown = _unknown(held, at)
        _write_down(unknown, at)
        all_held, strange = all_held + len(held), strange + len(unknown)
    if strange > max(MOST_STRANGE, all_held * STRANGE_SHARE):
        logger.error(
            "these files seem to be another database's", held=all_held, strange=strange
        )
        return 0
    due = Orphan.objects.found_before(at - ORPHANED_FOR).order_by("found_at")
    removed = sum(_remove(digest_hex, at) for digest_hex in due.values_list("pk", flat=True))
    if removed:
        logger.info("orphaned files removed", count=removed)
    return removed


def _in_batches(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while batch := list(islice(items, size)):
        yield batch


def _write_down(found: Iterable[tuple[str, int]], at: datetime) -> None:
    Orphan.objects.bulk_create(
        [Orphan(digest_hex=digest, size=size, found_at=at) for digest, size in found],
        ignore_conflicts=True,  # it is written down already, with its first moment
    )


def _never_counted(at: datetime) -> list[tuple[str, int]]:
    """Forget arrivals whose bytes were counted for somebody else; give the others."""
    old = Arrival.objects.exclude(pk__in=Arrival.objects.young(at=at).values("pk"))
    old.exclude(pk__in=old.without_row().values("pk")).delete()
    return list(old.without_row().values_list("digest_hex", "size"))


def _unknown(held: list[Held], at: datetime) -> list[tuple[str, int]]:
    old = {each.digest_hex: each.size for each in held if each.since <= at - NEW_FOR}
    known = {
        *StoredFile.objects.filter(pk__in=old).values_list("pk", flat=True),
        *Arrival.objects.filter(digest_hex__in=old).values_list("digest_hex", flat=True),
    }
    return [(digest, old[digest]) for digest in old.keys() - known]


def _is_wanted(digest_hex: str, at: datetime) -> bool:
    if Arrival.objects.young(at=at).filter(digest_hex=digest_hex).exists():
        return True
    row = StoredFile.objects.filter(pk=digest_hex)
    return row.exists() and not row.orphaned(at=at).exists()


@transaction.atomic
def _remove(digest_hex: str, at: datetime) -> bool:
    """Remove one, unless somebody is storing it again, or has since we looked."""
    if not take_digest(digest_hex):
        return False
    if not _is_wanted(digest_hex, at):
        StoredFile.objects.filter(pk=digest_hex).delete()
        Arrival.objects.filter(digest_hex=digest_hex).delete()
        configured_storage().remove(digest_hex)
        Orphan.objects.filter(pk=digest_hex).delete()
        return True
    Orphan.objects.filter(pk=digest_hex).delete()
    return False
