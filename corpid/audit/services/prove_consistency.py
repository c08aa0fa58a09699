"""Prove that the log of one size only adds to the log of a smaller one (RFC 6962, 2.1.2)."""

from dataclasses import dataclass

from corpid.audit.models import Checkpoint
from corpid.audit.services.find_checkpoint import find_checkpoint
from corpid.audit.stored_tree import with_stored_hashes
from corpid.errors import Invalid, gettext_noop
from corpid.protocols.merkle import consistency_proof


class SizesOutOfOrder(Invalid):
    code = "sizes_out_of_order"
    title = gettext_noop("The first size must not be larger than the second.")
    remedy = gettext_noop("Exchange the two sizes.")


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    first: Checkpoint
    second: Checkpoint
    hashes: list[bytes]


def prove_consistency(*, first: int, second: int | None) -> ConsistencyProof:
    newer = find_checkpoint(size=second)
    older = find_checkpoint(size=first)
    if older.size > newer.size:
        raise SizesOutOfOrder(f"{older.size} > {newer.size}")
    hashes = with_stored_hashes(
        lambda subtree: consistency_proof(older.size, newer.size, subtree)
    )
    return ConsistencyProof(older, newer, hashes)
