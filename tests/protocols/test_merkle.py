"""RFC 6962, section 2, against the published vectors and a straight reading of the text."""

import base64
import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpid.protocols.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofDoesNotHold,
    consistency_proof,
    frontier_of,
    inclusion_proof,
    leaf_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)

# The seven leaves' inputs, and roots for 1 to 8 leaves, of the CT reference test data.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
INPUTS.append("606162636465666768696a6b6c6d6e6f")
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, read word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


class Stored:
    """A log that keeps what Frontier.append gives it, as the database does."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.frontier = Frontier()
        for index, leaf in enumerate(leaves):
            self.nodes[0, index] = leaf
            for level, position, node in self.frontier.append(leaf):
                self.nodes[level, position] = node

    def subtree(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


def some_leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_are_those_of_the_reference_data(count: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in INPUTS[:count]]

    assert root_hash(leaves).hex() == ROOTS[count - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root_hash([]) == EMPTY_ROOT == sha256().digest()


def test_a_leaf_can_not_pose_as_a_node() -> None:
    left, right = some_leaves(2)

    assert leaf_hash(left + right) != root_hash([left, right])


@given(st.integers(0, 70))
def test_roots_follow_the_definition(size: int) -> None:
    leaves = some_leaves(size)

    assert root_hash(leaves) == mth(leaves)


@given(st.data())
def test_every_leaf_is_proved_and_no_other_leaf_is(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    leaves = some_leaves(size)
    proof = inclusion_proof(index, size, Stored(leaves).subtree)

    verify_inclusion(leaf=leaves[index], index=index, size=size, proof=proof, root=mth(leaves))
    with pytest.raises(ProofDoesNotHold):
        verify_inclusion(
            leaf=leaf_hash(b"x"), index=index, size=size, proof=proof, root=mth(leaves)
        )


@given(st.data())
def test_a_longer_log_is_proved_to_extend_a_shorter_one(data: st.DataObject) -> None:
    second = data.draw(st.integers(1, 70))
    first = data.draw(st.integers(1, second))
    leaves = some_leaves(second)
    proof = consistency_proof(first, second, Stored(leaves).subtree)
    roots = {"first_root": mth(leaves[:first]), "second_root": mth(leaves)}

    verify_consistency(first=first, second=second, proof=proof, **roots)
    rewritten = mth([leaf_hash(b"x"), *leaves[1:]])
    with pytest.raises(ProofDoesNotHold):
        verify_consistency(
            first=first,
            second=second,
            proof=proof,
            first_root=mth(leaves[:first]),
            second_root=rewritten,
        )


@given(st.integers(0, 70), st.integers(0, 20))
def test_a_log_goes_on_from_its_stored_right_edge(size: int, more: int) -> None:
    leaves = some_leaves(size + more)

    frontier = frontier_of(size, Stored(leaves[:size]).subtree)
    for leaf in leaves[size:]:
        frontier.append(leaf)

    assert (frontier.size, frontier.root()) == (size + more, mth(leaves))


def test_proofs_of_what_is_not_there_are_not_made() -> None:
    stored = Stored(some_leaves(3))

    for index in (3, -1):
        with pytest.raises(IndexError):
            inclusion_proof(index, 3, stored.subtree)
    with pytest.raises(IndexError):
        consistency_proof(4, 3, stored.subtree)


def vectors(kind: str) -> list[Path]:
    folder = Path(os.environ.get("CORPID_VECTORS", "unset")) / "merkle" / kind
    return sorted(folder.rglob("*.json"))


def read(path: Path) -> dict[str, object]:
    def decoded(value: object) -> object:
        if isinstance(value, str):
            return base64.b64decode(value)
        return value

    vector = json.loads(path.read_text())
    for name in ("root", "leafHash", "root1", "root2"):
        if name in vector:
            vector[name] = decoded(vector[name]) or b""
    vector["proof"] = [decoded(step) for step in vector["proof"] or []]
    return dict(vector)


@pytest.mark.needs("vectors")
def test_inclusion_proofs_are_judged_as_the_published_vectors_say() -> None:
    paths = vectors("inclusion")

    assert len(paths) > 90
    for path in paths:
        vector = read(path)
        assert (
            holds(
                verify_inclusion,
                leaf=vector["leafHash"],
                index=vector["leafIdx"],
                size=vector["treeSize"],
                proof=vector["proof"],
                root=vector["root"],
            )
            is not vector["wantErr"]
        ), path


@pytest.mark.needs("vectors")
def test_consistency_proofs_are_judged_as_the_published_vectors_say() -> None:
    paths = vectors("consistency")

    assert len(paths) > 90
    for path in paths:
        vector = read(path)
        assert (
            holds(
                verify_consistency,
                first=vector["size1"],
                second=vector["size2"],
                first_root=vector["root1"],
                second_root=vector["root2"],
                proof=vector["proof"],
            )
            is not vector["wantErr"]
        ), path


def holds(verify: Callable[..., None], **arguments: Any) -> bool:
    try:
        verify(**arguments)
    except ProofDoesNotHold:
        return False
    return True
