"""Merkle trees of RFC 6962, section 2: hashes, inclusion and consistency proofs, verification.

Proofs are made by asking for hashes of complete subtrees, wherever they are kept:
`subtree(level, index)` is the root over leaves `[index * 2**level, (index + 1) * 2**level)`. An
append-only log stores those and answers a proof with O(log n) reads.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
Subtree = Callable[[int, int], bytes]


class ProofDoesNotHold(ValueError):
    """The proof does not show what it claims."""


def leaf_hash(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The right edge of a tree: the roots of its complete subtrees, largest first.

    All that is needed to append leaves and to know the root.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Add a leaf; give each interior node it completes as (level, index, hash)."""
        self.peaks.append(leaf)
        level, position = 0, self.size
        self.size += 1
        completed = []
        while position % 2:
            right = self.peaks.pop()
            left = self.peaks.pop()
            level, position = level + 1, position // 2
            self.peaks.append(node_hash(left, right))
            completed.append((level, position, self.peaks[-1]))
        return iter(completed)

    def root(self) -> bytes:
        return _fold_peaks(self.peaks)


def frontier_of(size: int, subtree: Subtree) -> Frontier:
    """Find the right edge of a stored tree of this size."""
    return Frontier(size, [subtree(level, i) for level, i in complete_subtrees(0, size)])


def root_hash(leaves: Iterable[bytes]) -> bytes:
    """Hash a whole list of leaf hashes (MTH of section 2.1)."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def complete_subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """Split `[start, end)` into the largest aligned complete subtrees, left to right."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        found.append((level, start >> level))
        start += 1 << level
    return found


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Make PATH(index, D[size]) of section 2.1.1, from the leaf's neighbour up to the root."""
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} is not in a tree of {size}")
    return [_range_hash(start, end, subtree) for start, end in _siblings(index, size)]


def consistency_proof(first: int, second: int, subtree: Subtree) -> list[bytes]:
    """Make PROOF(first, D[second]) of section 2.1.2."""
    if not 0 <= first <= second:
        raise IndexError(f"a tree of {second} does not extend one of {first}")
    if first in (0, second):
        return []
    proof: list[bytes] = []
    start, end, is_old_root = 0, second, True
    while first != end:
        split = start + _largest_power_below(end - start)
        if first <= split:
            proof.append(_range_hash(split, end, subtree))
            end = split
        else:
            proof.append(_range_hash(start, split, subtree))
            start, is_old_root = split, False
    if not is_old_root:
        proof.append(_range_hash(start, end, subtree))
    return proof[::-1]


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that the leaf stands at this index (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofDoesNotHold(f"leaf {index} is not in a tree of {size}")
    _refuse_odd_hashes(leaf, root, *proof)
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(proof) != inner + border:
        raise ProofDoesNotHold(f"{len(proof)} hashes where {inner + border} belong")
    computed = _chain_inner(leaf, proof[:inner], index)
    computed = _chain_left(computed, proof[inner:])
    if computed != root:
        raise ProofDoesNotHold("the proof leads to another root")


def verify_consistency(
    *, first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the second tree only adds to the first (RFC 9162, section 2.1.4.2)."""
    if not 0 <= first <= second:
        raise ProofDoesNotHold(f"a tree of {second} does not extend one of {first}")
    if first == 0:
        raise ProofDoesNotHold("every tree extends the empty one: this shows nothing")
    if first == second:
        _verify_equal(first_root, second_root, proof)
        return
    _refuse_odd_hashes(first_root, second_root, *proof)
    if not proof:
        raise ProofDoesNotHold("an empty proof")
    inner = ((first - 1) ^ (second - 1)).bit_length()
    trailing = (first & -first).bit_length() - 1
    inner -= trailing
    hashes = list(proof)
    if first != 1 << trailing:
        seed, hashes = hashes[0], hashes[1:]
    else:
        seed = first_root
    border = ((first - 1) >> trailing >> inner).bit_count()
    if len(hashes) != inner + border:
        raise ProofDoesNotHold(f"{len(hashes)} hashes where {inner + border} belong")
    position = (first - 1) >> trailing
    old = _chain_inner_right(seed, hashes[:inner], position)
    if _chain_left(old, hashes[inner:]) != first_root:
        raise ProofDoesNotHold("the proof leads to another old root")
    new = _chain_inner(seed, hashes[:inner], position)
    if _chain_left(new, hashes[inner:]) != second_root:
        raise ProofDoesNotHold("the proof leads to another new root")


def _refuse_odd_hashes(*hashes: bytes) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        raise ProofDoesNotHold("a hash has 32 bytes")


def _verify_equal(first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        raise ProofDoesNotHold("a proof where none belongs")
    if first_root != second_root:
        raise ProofDoesNotHold("two roots for one size")


def _chain_inner(seed: bytes, proof: Sequence[bytes], index: int) -> bytes:
    for level, sibling in enumerate(proof):
        is_right = (index >> level) & 1
        seed = node_hash(sibling, seed) if is_right else node_hash(seed, sibling)
    return seed


def _chain_inner_right(seed: bytes, proof: Sequence[bytes], index: int) -> bytes:
    for level, sibling in enumerate(proof):
        if (index >> level) & 1:
            seed = node_hash(sibling, seed)
    return seed


def _chain_left(seed: bytes, proof: Sequence[bytes]) -> bytes:
    for sibling in proof:
        seed = node_hash(sibling, seed)
    return seed


def _siblings(index: int, size: int) -> list[tuple[int, int]]:
    """List the ranges of leaves beside the path from a leaf to the root, lowest first."""
    found = []
    start, end = 0, size
    while end - start > 1:
        split = start + _largest_power_below(end - start)
        if index < split:
            found.append((split, end))
            end = split
        else:
            found.append((start, split))
            start = split
    return found[::-1]


def _largest_power_below(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)


def _range_hash(start: int, end: int, subtree: Subtree) -> bytes:
    return _fold_peaks([subtree(level, i) for level, i in complete_subtrees(start, end)])


def _fold_peaks(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    folded = peaks[-1]
    for peak in peaks[-2::-1]:
        folded = node_hash(peak, folded)
    return folded
