"""After a restore, before anybody is served: make the restored database safe and say so.

1. Behind each row of a file that is still kept stand its bytes, as many as the row says.
2. Sessions and what e-services were given end: what ended after the moment would be open again.
3. Single-use tokens count as used, and a new epoch of the replay memory begins: what was used
   after the moment would be usable again.
4. Heads of the audit log that left the house and are longer than the restored log are looked
   up in the places outside, and named in an event: they belong to the abandoned past. What
   could not be read is counted there too: a head may be signed by a key of the abandoned past.

Nothing of this hides the loss. Whoever verifies the log is told of the event, and has to accept
it by its id (verify_audit --accept-restore).
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from corpid.audit.origin import published_verifier_keys
from corpid.audit.outside.configured import outside_places
from corpid.audit.outside.place import PlaceNotAvailable
from corpid.audit.services.record_event import record_event
from corpid.audit.services.verify_log import RESTORED
from corpid.audit.stored_tree import stored_frontier
from corpid.errors import Conflict, gettext_noop
from corpid.files.configured_storage import configured_storage
from corpid.files.models import StoredFile
from corpid.one_time.epoch import begin_anew
from corpid.one_time.models import OneTimeToken
from corpid.operations.restoring import registered_endings
from corpid.protocols.checkpoint import (
    Checkpoint,
    NoteNotAuthentic,
    VerifierKey,
    read_checkpoint,
)

_NAMED = 5


class FilesMissing(Conflict):
    """Rows refer to files that are not here, or that have another length."""

    code = "restored_files_missing"
    title = gettext_noop("Documents of the restored database are missing.")
    remedy = gettext_noop("Restore to an earlier moment, or bring the files back first.")

    def __init__(self, digests: Sequence[str]) -> None:
        super().__init__(f"{len(digests)} files: {', '.join(digests[:_NAMED])}")
        self.digests = digests


@dataclass(frozen=True, slots=True)
class Restored:
    event_id: str
    ended: dict[str, int]
    log_size: int
    abandoned: list[tuple[int, str]]  # size and root of heads of the past that is no more
    unreadable_places: list[str]
    unreadable_notes: dict[
        str, int
    ]  # how many of each place; no key that we publish opens them


@dataclass(slots=True)
class _Outside:
    heads: set[tuple[int, str]] = field(default_factory=set)
    unreadable_places: list[str] = field(default_factory=list)
    unreadable_notes: dict[str, int] = field(default_factory=dict)


def finish_restore(
    *, backup: str, restored_to: datetime | None, actor: str, at: datetime
) -> Restored:
    """Do it once after each restore. Raises FilesMissing, and then nothing was changed."""
    _refuse_missing_files(at)
    size = _log_size()
    outside = _heads_outside(at)
    abandoned = sorted(head for head in outside.heads if head[0] > size)
    with transaction.atomic():
        ended = {name: end_all(at) for name, end_all in registered_endings().items()}
        ended["single-use tokens"] = OneTimeToken.objects.filter(used_at=None).update(
            used_at=at
        )
        event = record_event(
            kind=RESTORED,
            at=at,
            actor=actor,
            subject=f"backup:{backup}",
            facts={
                "restored_to": restored_to.isoformat() if restored_to else None,
                "size": size,
                "root": base64.b64encode(stored_frontier(size).root()).decode(),
                "abandoned": [[length, root] for length, root in abandoned],
                "unreadable_places": [*outside.unreadable_places],
                "unreadable_notes": {**outside.unreadable_notes},
                "ended": ended,
            },
        )
    begin_anew()
    return Restored(
        event_id=str(event.id),
        ended=ended,
        log_size=size,
        abandoned=abandoned,
        unreadable_places=outside.unreadable_places,
        unreadable_notes=outside.unreadable_notes,
    )


def _refuse_missing_files(at: datetime) -> None:
    # Every name at once: a storage gives them in no order that the database knows.
    held = {each.digest_hex: each.size for each in configured_storage().held()}
    kept = StoredFile.objects.exclude(keep_until__lte=at).names_and_sizes()
    absent = [digest for digest, size in kept if held.get(digest) != size]
    orphaned = StoredFile.objects.orphaned(at=at).filter(pk__in=absent)
    swept = {*orphaned.values_list("pk", flat=True)}  # or may have been, since
    missing = [digest for digest in absent if digest not in swept]
    if missing:
        raise FilesMissing(missing)


def _log_size() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size FROM audit.sealer")
        size: int = cursor.fetchone()[0]
    return size


def _heads_outside(at: datetime) -> _Outside:
    keys = published_verifier_keys(at=at)
    found = _Outside()
    for place in outside_places():
        try:
            heads = [_read(keys, note) for note in place.notes()]
        except PlaceNotAvailable:
            found.unreadable_places.append(place.name)
            continue
        found.heads |= {
            (head.size, base64.b64encode(head.root).decode()) for head in heads if head
        }
        if None in heads:
            found.unreadable_notes[place.name] = heads.count(None)
    return found


def _read(keys: Sequence[VerifierKey], note: str) -> Checkpoint | None:
    for key in keys:
        try:
            return read_checkpoint(note, key=key)
        except NoteNotAuthentic:
            continue
    return None
