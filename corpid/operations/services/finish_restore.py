"""After a restore, before anybody is served: make the restored database safe and say so.

1. A restoration is begun, in a transaction of its own: until the last step nobody is served and
   jobs wait. If this ends anywhere, the next call goes on from there.
2. Behind each row of a file that is still kept stand its bytes, as many as the row says.
3. In one transaction, with an event of the audit log:
   a. Sessions and what e-services were given end: what ended after the moment would be open.
      Status lists close: what was issued after it would be valid, whatever became of it.
   b. Single-use tokens count as used: what was used after the moment would be usable again.
   c. Signing, issuing and sending company data are switched off, and who had asked to turn
      something on has to ask anew: a switch, a suspension or a revocation of after the moment
      is gone, and what was forbidden would be allowed. Two caseworkers turn them on, once they
      have repeated what was lost (list_lost_events).
   d. Heads of the audit log that left the house and are longer than the restored log are looked
      up in the places outside, and named in the event: they belong to the abandoned past. What
      could not be read is counted there too: a head may be signed by a key of that past.
4. A new epoch of the replay memory begins, for what others signed.
5. The restoration is finished. From this moment a new generation of what we sign and don't
   store begins (corpid/restores/generation.py).

Nothing of this hides the loss. Whoever verifies the log is told of the event, and has to accept
it by its id (verify_audit --accept-restore).
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from corpid.audit.models import Event
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
from corpid.operations.models import FunctionOff, SwitchedFunction
from corpid.operations.services.turn_off_function import turn_off_function
from corpid.protocols.checkpoint import (
    Checkpoint,
    NoteNotAuthentic,
    VerifierKey,
    read_checkpoint,
)
from corpid.restores.endings import registered_endings
from corpid.restores.generation import forget_generation
from corpid.restores.models import Restoration

SWITCHED_OFF = (SwitchedFunction.SIGNING, SwitchedFunction.ISSUING, SwitchedFunction.PREFILL)
_NAMED = 5


class FilesMissing(Conflict):
    """Rows refer to files that are not here, or that have another length."""

    code = "restored_files_missing"
    title = gettext_noop("Documents of the restored database are missing.")
    remedy = gettext_noop("Restore to an earlier moment, or bring the files back first.")

    def __init__(self, digests: Sequence[str]) -> None:
        super().__init__(f"{len(digests)} files: {', '.join(digests[:_NAMED])}")
        self.digests = digests


class OtherRestoreUnfinished(Conflict):
    """An earlier call, for another backup or moment, has changed things and did not end."""

    code = "other_restore_unfinished"
    title = gettext_noop("Another restore is not finished.")
    remedy = gettext_noop("Finish it first, by its own backup and moment.")


@dataclass(frozen=True, slots=True)
class Restored:
    event_id: str
    ended: dict[str, int]
    switched_off: list[str]  # that were on
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
    """Do it after each restore; a call that ended early is gone on with.

    Raises FilesMissing, OtherRestoreUnfinished, ReplayMemoryNotAvailable, StorageAway; until it
    has ended well, nobody is served.
    """
    begun = _begin(backup=backup, restored_to=restored_to, actor=actor, at=at)  # 1
    event_id = begun.event_id
    if event_id is None:
        _refuse_missing_files(at)  # 2
        event_id = _make_safe(begun, actor=actor, at=at)  # 3
    begin_anew()  # 4
    # The clock anew: a process that had not seen step 1 yet went on issuing after `at`.
    Restoration.objects.filter(pk=begun.pk).update(finished_at=timezone.now())  # 5
    forget_generation()
    return _told(event_id)


@transaction.atomic(durable=True)
def _begin(
    *, backup: str, restored_to: datetime | None, actor: str, at: datetime
) -> Restoration:
    unfinished = Restoration.objects.select_for_update().filter(finished_at=None).first()
    if unfinished is None:
        unfinished = Restoration.objects.create(
            backup=backup,
            restored_to=restored_to,
            begun_by=actor,
            begun_at=at,
            log_size=_log_size(),
        )
        transaction.on_commit(forget_generation)
    if (unfinished.backup, unfinished.restored_to) != (backup, restored_to):
        if unfinished.event_id is not None:
            raise OtherRestoreUnfinished(str(unfinished))
        unfinished.backup, unfinished.restored_to = backup, restored_to
        unfinished.save(update_fields=["backup", "restored_to"])
    return unfinished


def _make_safe(begun: Restoration, *, actor: str, at: datetime) -> UUID:
    outside = _heads_outside(at)
    size = begun.log_size
    abandoned = sorted(head for head in outside.heads if head[0] > size)
    with transaction.atomic():
        ended = {name: end_all(at) for name, end_all in registered_endings().items()}
        ended["single-use tokens"] = OneTimeToken.objects.filter(used_at=None).update(
            used_at=at
        )
        switched_off = _switch_off(begun, actor=actor, at=at)
        event = record_event(
            kind=RESTORED,
            at=at,
            actor=actor,
            subject=f"backup:{begun.backup}",
            facts={
                "restored_to": begun.restored_to.isoformat() if begun.restored_to else None,
                "size": size,
                "root": base64.b64encode(stored_frontier(size).root()).decode(),
                "abandoned": [[length, root] for length, root in abandoned],
                "unreadable_places": [*outside.unreadable_places],
                "unreadable_notes": {**outside.unreadable_notes},
                "ended": ended,
                "switched_off": [*switched_off],
            },
        )
        begun.event_id = event.id
        begun.save(update_fields=["event_id"])
    return event.id


def _switch_off(begun: Restoration, *, actor: str, at: datetime) -> list[str]:
    standing = FunctionOff.objects.standing()
    standing.update(on_asked_by="", on_asked_at=None, on_reason="")
    off = {*standing.values_list("function", flat=True)}
    switched = [function for function in SWITCHED_OFF if function not in off]
    for function in switched:
        turn_off_function(
            function=function,
            reason=f"Restored from backup {begun.backup}: what was forbidden since then may be"
            " allowed again. Repeat what was lost, then turn this on.",
            actor=actor,
            at=at,
        )
    return [function.value for function in switched]


def _told(event_id: UUID) -> Restored:
    """Say what the event says, whichever call wrote it."""
    facts: dict[str, Any] = Event.objects.get(id=event_id).facts
    return Restored(
        event_id=str(event_id),
        ended=facts["ended"],
        switched_off=facts["switched_off"],
        log_size=facts["size"],
        abandoned=[(size, root) for size, root in facts["abandoned"]],
        unreadable_places=facts["unreadable_places"],
        unreadable_notes=facts["unreadable_notes"],
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
