"""Prove that an event stands in the log (RFC 6962, section 2.1.1)."""

from dataclasses import dataclass
from uuid import UUID

from corpid.audit.models import Checkpoint, Leaf
from corpid.audit.services.find_checkpoint import find_checkpoint
from corpid.audit.stored_tree import with_stored_hashes
from corpid.errors import NotFound, gettext_noop
from corpid.protocols.merkle import inclusion_proof


class EventNotInLog(NotFound):
    code = "event_not_in_log"
    title = gettext_noop("The log of this size does not hold such an event.")
    remedy = gettext_noop("A new event takes a few seconds to be sealed: ask again.")


@dataclass(frozen=True, slots=True)
class InclusionProof:
    event_id: UUID
    index: int
    leaf: bytes
    hashes: list[bytes]
    checkpoint: Checkpoint


def prove_inclusion(*, event_id: UUID, size: int | None) -> InclusionProof:
    """Prove it for the checkpoint of this size; the latest, if none is named."""
    head = find_checkpoint(size=size)
    leaf = Leaf.objects.filter(event_id=event_id, index__lt=head.size).first()
    if leaf is None:
        raise EventNotInLog(str(event_id))
    hashes = with_stored_hashes(lambda subtree: inclusion_proof(leaf.index, head.size, subtree))
    return InclusionProof(event_id, leaf.index, bytes(leaf.hash), hashes, head)
