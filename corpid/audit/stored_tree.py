"""The Merkle tree in the database: hashes of complete subtrees, fetched all at once."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import connection

from corpid.protocols.merkle import HASH_BYTES, Frontier, Subtree, frontier_of

Made = TypeVar("Made")
Node = tuple[int, int, bytes]


def with_stored_hashes(make: Callable[[Subtree], Made]) -> Made:
    """Make something of subtree hashes: once to learn which it needs, once with them."""
    wanted: list[tuple[int, int]] = []

    def note(level: int, index: int) -> bytes:
        wanted.append((level, index))
        return bytes(HASH_BYTES)

    make(note)
    found = _fetch(wanted)
    return make(lambda level, index: found[level, index])


def stored_frontier(size: int) -> Frontier:
    return with_stored_hashes(lambda subtree: frontier_of(size, subtree))


def store_nodes(nodes: Iterable[Node]) -> None:
    """Keep the interior nodes that new leaves have completed."""
    levels, indexes, hashes = zip(*nodes, strict=True) if nodes else ((), (), ())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit.node (level, index, hash)"
            " SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])",
            [list(levels), list(indexes), list(hashes)],
        )


def _fetch(wanted: list[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    levels, indexes = [level for level, _ in wanted], [index for _, index in wanted]
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH wanted AS"
            " (SELECT * FROM unnest(%s::smallint[], %s::bigint[]) AS asked (level, index))"
            " SELECT level, index, hash FROM wanted JOIN audit.node USING (level, index)"
            " UNION ALL SELECT 0, index, hash FROM wanted JOIN audit.leaf USING (index)"
            " WHERE level = 0",
            [levels, indexes],
        )
        return {(level, index): bytes(value) for level, index, value in cursor.fetchall()}
