"""A company's part of the log with what proves it, for whoever checks it without us.

Every sealed event carries its inclusion proof under one checkpoint, which stands in the export.
Events that are not under it yet (of the last seconds) are listed without a proof.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from corpid.audit.canonical import JSON, event_content
from corpid.audit.event_page import LoggedEvent, Position
from corpid.audit.models import Checkpoint
from corpid.audit.services.find_checkpoint import NothingPublished, find_checkpoint
from corpid.audit.services.list_company_events import list_company_events
from corpid.audit.stored_tree import with_stored_hashes
from corpid.protocols.merkle import Subtree, inclusion_proof

_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class ExportedEvent:
    """`content` is what was hashed: its JSON with sorted names and no white space."""

    content: dict[str, JSON]
    leaf_hash: bytes
    index: int | None
    proof: list[bytes] | None


@dataclass(frozen=True, slots=True)
class CompanyExport:
    checkpoint: Checkpoint | None
    events: Iterator[ExportedEvent]


def export_company_events(
    *,
    company_id: UUID,
    since: datetime | None = None,
    until: datetime | None = None,
    kinds: str = "",
) -> CompanyExport:
    """Give the events one after another: there may be more than fit into memory."""
    try:
        head = find_checkpoint()
    except NothingPublished:
        head = None
    return CompanyExport(head, _events(company_id, since, until, kinds, head))


def _events(
    company_id: UUID,
    since: datetime | None,
    until: datetime | None,
    kinds: str,
    head: Checkpoint | None,
) -> Iterator[ExportedEvent]:
    after: Position | None = None
    while True:
        page = list_company_events(
            company_id=company_id,
            since=since,
            until=until,
            kinds=kinds,
            after=after,
            limit=_AT_A_TIME,
        )
        yield from _proved(page.events, head.size if head else 0)
        after = page.next
        if after is None:
            return


def _proved(events: list[LoggedEvent], size: int) -> Iterator[ExportedEvent]:
    covered = [each.index for each in events if each.index is not None and each.index < size]

    def prove(subtree: Subtree) -> dict[int, list[bytes]]:
        return {index: inclusion_proof(index, size, subtree) for index in covered}

    proofs = with_stored_hashes(prove)
    for each in events:
        event = each.event
        yield ExportedEvent(
            content=event_content(
                event_id=event.id,
                recorded_at=event.recorded_at,
                kind=event.kind,
                actor=event.actor,
                subject=event.subject,
                company_id=event.company_id,
                facts=event.facts,
                commitments=event.commitments,
            ),
            leaf_hash=bytes(event.hash),
            index=each.index,
            proof=None if each.index is None else proofs.get(each.index),
        )
