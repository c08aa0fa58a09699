"""Judge the whole log by public keys and checkpoints kept outside, trusting nothing else.

1. Each outside checkpoint is signed by a trusted key, and no two of one size differ.
2. Leaves are numbered without a gap, and each has its event.
3. Each event still has the hash that its content makes, and its leaf has the same.
4. The root over the leaves is that of every outside checkpoint, at its size.
5. The log is at least as long as the longest outside checkpoint. (4 and 5 excuse those heads
   that a restore named when it abandoned them, if the verifier accepts that restore by its id:
   whoever owns the database can write such an event, but can't make anybody accept it.)
6. No event without a leaf is of a transaction that the sealer has been past.
7. Personal values that are still there are those which the events commit to, and those that
   are not there were erased by an event of the log.
8. If witnesses are trusted too, one of them has cosigned a checkpoint that holds.
9. The stored subtree hashes, from which proofs are made, give the same root.
"""

import base64
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from corpid.audit.canonical import commitment, event_hash
from corpid.audit.stored_tree import stored_frontier
from corpid.protocols.checkpoint import (
    Checkpoint,
    NoteNotAuthentic,
    VerifierKey,
    read_checkpoint,
)
from corpid.protocols.cosignature import CosignerKey, cosigned_at
from corpid.protocols.merkle import Frontier

RESTORED = "audit.log.restored"
Heads = dict[int, set[bytes]]  # size of a head -> roots that were seen at this size
_MOST_FINDINGS = 1000  # enough to act on; a rewritten log would fill the memory
_ROWS_AT_A_TIME = 5000
_SEPARATOR = "\n\n— "  # between the text of a note and its signatures


class Finding(NamedTuple):
    """One thing that is not as it was sealed: a code, and where."""

    code: str
    where: str


@dataclass(slots=True)
class LogVerdict:
    """What was found. `covered` is the size of the longest trusted checkpoint that holds."""

    size: int = 0
    covered: int = 0
    checkpoints: int = 0
    waiting: int = 0  # events not sealed yet, in order
    erased: int = 0  # personal values that are no longer there
    witnessed: int = 0  # size of the longest of them that a trusted witness has cosigned
    restores: list[str] = field(default_factory=list)  # ids of their events, in order
    unreadable: int = 0  # lines outside that are no notes: torn by a full disk, perhaps
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        return not self.findings and self.checkpoints > 0

    def find_once(self, code: str, where: str) -> None:
        if Finding(code, where) not in self.findings:
            self.find(code, where)

    def find(self, code: str, where: object = "") -> None:
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(Finding(code, str(where)))


class _Row(NamedTuple):
    position: int
    leaf_event_id: UUID
    leaf: memoryview
    id: UUID | None
    recorded_at: datetime
    kind: str
    actor: str
    subject: str
    company_id: UUID | None
    facts: str
    commitments: str
    hash: memoryview


_LEAVES_WITH_EVENTS = """
SELECT leaf.index, leaf.event_id, leaf.hash, event.id, event.recorded_at, event.kind,
       event.actor, event.subject, event.company_id, event.facts::text,
       event.commitments::text, event.hash
FROM audit.leaf LEFT JOIN audit.event
     ON event.id = leaf.event_id AND event.recorded_at = leaf.recorded_at
ORDER BY leaf.index
"""
_EVENTS_WITHOUT_A_LEAF = """
SELECT event.id, pg_visible_in_snapshot(event.transaction, sealer.sealed_by)
FROM audit.event CROSS JOIN audit.sealer
WHERE NOT EXISTS (
    SELECT FROM audit.leaf
    WHERE leaf.event_id = event.id AND leaf.recorded_at = event.recorded_at
)
"""
_PERSONAL_VALUES = """
SELECT personal_value.event_id, personal_value.name, salt, value, event.commitments::text
FROM audit.personal_value LEFT JOIN audit.event ON event.id = personal_value.event_id
"""
_COMMITMENTS = """
SELECT coalesce(sum((SELECT count(*) FROM jsonb_object_keys(commitments))), 0) FROM audit.event
"""
_PERSONAL_VALUES_TAKEN_AWAY = """
SELECT event.id FROM audit.event
WHERE commitments <> '{}'
AND (SELECT count(*) FROM jsonb_object_keys(commitments))
    > (SELECT count(*) FROM audit.personal_value WHERE event_id = event.id)
AND NOT EXISTS (
    SELECT FROM audit.event AS erasure
    WHERE erasure.kind = 'audit.personal_values.erased'
    AND erasure.subject = 'event:' || event.id
)
"""


@transaction.atomic  # for the server-side cursors
def verify_log(
    *,
    keys: Sequence[VerifierKey],
    notes: Iterable[str],
    witnesses: Sequence[CosignerKey] = (),
    accepted_restores: Collection[str] = (),
) -> LogVerdict:
    """Give what was found. With `witnesses`, one of them must have cosigned a checkpoint.

    `accepted_restores` are ids of events of which the verifier has heard by another way.
    """
    verdict = LogVerdict()
    trusted, witnessed = _read_checkpoints(keys, notes, witnesses, verdict)
    made, abandoned = _check_leaves(trusted, verdict)
    _compare_heads(trusted, made, abandoned, accepted_restores, verdict)
    _check_events_without_a_leaf(verdict)
    _check_personal_values(verdict)
    verdict.witnessed = max((size for size in witnessed if size <= verdict.covered), default=0)
    if witnesses and not verdict.witnessed:
        verdict.find("not_witnessed")
    return verdict


def _read_checkpoints(
    keys: Sequence[VerifierKey],
    notes: Iterable[str],
    witnesses: Sequence[CosignerKey],
    verdict: LogVerdict,
) -> tuple[Heads, set[int]]:
    trusted: Heads = {}
    witnessed: set[int] = set()
    for note in notes:
        if _SEPARATOR not in note:
            verdict.unreadable += 1
            continue
        read = _read_by_any(keys, note)
        if read is None:
            verdict.find("checkpoint_not_authentic", note.split("\n")[1:2])
            continue
        trusted.setdefault(read.size, set()).add(read.root)
        if any(_is_cosigned(note, witness) for witness in witnesses):
            witnessed.add(read.size)
    verdict.checkpoints = len(trusted)
    if not trusted:
        verdict.find("no_checkpoint_to_trust")
    return trusted, witnessed


def _is_cosigned(note: str, witness: CosignerKey) -> bool:
    try:
        cosigned_at(note, key=witness)
    except NoteNotAuthentic:
        return False
    return True


def _read_by_any(keys: Sequence[VerifierKey], note: str) -> Checkpoint | None:
    for key in keys:
        try:
            return read_checkpoint(note, key=key)
        except NoteNotAuthentic:
            continue
    return None


def _check_leaves(
    trusted: Heads, verdict: LogVerdict
) -> tuple[dict[int, bytes], dict[str, Heads]]:
    """Give the roots made where a checkpoint stands, and the heads that restores abandoned."""
    frontier = Frontier()
    made: dict[int, bytes] = {}
    abandoned: dict[str, Heads] = {}
    for row in map(_Row._make, _stream(_LEAVES_WITH_EVENTS)):
        if row.position != frontier.size:
            verdict.find("leaf_missing", f"{frontier.size} to {row.position - 1}")
            break  # every root from here on is another one
        leaf = bytes(row.leaf)
        _check_event(row, leaf, verdict)
        if row.kind == RESTORED:
            abandoned[str(row.id)] = _heads_abandoned(row)
        frontier.append(leaf)
        if frontier.size in trusted:
            made[frontier.size] = frontier.root()
    verdict.size = frontier.size
    _check_stored_root(frontier, verdict)
    return made, abandoned


def _heads_abandoned(row: _Row) -> Heads:
    """Read the heads of the event that go beyond the log which it found; no others count."""
    facts = json.loads(row.facts)
    heads: Heads = {}
    for size, root in facts["abandoned"]:
        if facts["size"] < size:
            heads.setdefault(size, set()).add(base64.b64decode(root))
    return heads


def _compare_heads(
    trusted: Heads,
    made: Mapping[int, bytes],
    abandoned: Mapping[str, Heads],
    accepted: Collection[str],
    verdict: LogVerdict,
) -> None:
    verdict.restores = list(abandoned)
    longest = 0
    for size, roots in sorted(trusted.items()):
        if made.get(size) in roots:
            verdict.covered = size
        others = {root for root in roots if root != made.get(size)}
        for event_id, heads in abandoned.items():
            named = others & heads.get(size, set())
            if named and event_id not in accepted:
                verdict.find_once("restore_not_accepted", event_id)
            others -= named
        if len(others) > 1 or (others and made.get(size) in roots):
            verdict.find("checkpoints_contradict", size)
        elif others and size in made:
            verdict.find("root_differs", size)
        if others:
            longest = max(longest, size)
    if verdict.size < longest:
        verdict.find("log_truncated", f"{verdict.size} of {longest}")


def _check_event(row: _Row, leaf: bytes, verdict: LogVerdict) -> None:
    if row.id is None:
        verdict.find("event_deleted", row.leaf_event_id)
        return
    computed = event_hash(
        event_id=row.id,
        recorded_at=row.recorded_at,
        kind=row.kind,
        actor=row.actor,
        subject=row.subject,
        company_id=row.company_id,
        facts=json.loads(row.facts),
        commitments=json.loads(row.commitments),
    )
    if computed != leaf or bytes(row.hash) != leaf:
        verdict.find("event_changed", row.id)


def _check_stored_root(frontier: Frontier, verdict: LogVerdict) -> None:
    try:
        stored = stored_frontier(frontier.size)
    except KeyError:
        verdict.find("proofs_broken", frontier.size)
        return
    if stored.root() != frontier.root():
        verdict.find("proofs_broken", frontier.size)


def _check_events_without_a_leaf(verdict: LogVerdict) -> None:
    for event_id, should_be_sealed in _stream(_EVENTS_WITHOUT_A_LEAF):
        if should_be_sealed:
            verdict.find("event_inserted", event_id)
        else:
            verdict.waiting += 1


def _check_personal_values(verdict: LogVerdict) -> None:
    kept = 0
    for event_id, name, salt, value, commitments in _stream(_PERSONAL_VALUES):
        kept += 1
        committed = json.loads(commitments).get(name) if commitments else None
        made = commitment(event_id=event_id, name=name, value=value, salt=bytes(salt))
        if made != committed:
            verdict.find("personal_value_changed", f"{name} of {event_id}")
    for (event_id,) in _stream(_PERSONAL_VALUES_TAKEN_AWAY):
        verdict.find("personal_value_missing", event_id)
    with connection.cursor() as cursor:
        cursor.execute(_COMMITMENTS)
        verdict.erased = int(cursor.fetchone()[0]) - kept


def _stream(query: str) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
            yield from rows
