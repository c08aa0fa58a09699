"""Put committed events into the tree, each once, however long its transaction took.

The sealer keeps the snapshot with which it last read: which transactions had ended by then, and
which still ran (`pg_snapshot`). It takes the events of those that ran or had not begun, as far
as they have ended now. So a slow transaction is never passed over and holds nobody up; its
events are sealed when it ends. One sealer at a time, by an advisory lock that ends with the
transaction.
"""

from django.db import connection, transaction

from corpid.audit.stored_tree import Node, store_nodes, stored_frontier
from corpid.audit.unsealed import Snapshot, Unsealed, unsealed_events

_LARGEST_BATCH = 20_000


# Durable: inside a caller's transaction, that caller's later events would count as sealed.
@transaction.atomic(durable=True)
def seal_events(*, largest_batch: int = _LARGEST_BATCH) -> int:
    """Seal what is complete and return how many; 0 while another sealer is at it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('corpid.audit sealer', 0))"
        )
        if not cursor.fetchone()[0]:
            return 0
    waiting = unsealed_events()
    leaves, sealed_by = _append_leaves(waiting, largest_batch)
    frontier = stored_frontier(waiting.size)
    nodes: list[Node] = []
    for leaf in leaves:
        nodes.extend(frontier.append(leaf))
    store_nodes(nodes)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit.sealer SET sealed_by = %s, size = %s", [str(sealed_by), frontier.size]
        )
    return len(leaves)


def _append_leaves(waiting: Unsealed, largest_batch: int) -> tuple[list[bytes], Snapshot]:
    """Write the leaves; give their hashes in order, and the snapshot that saw all of them."""
    end = _end_of_batch(waiting, largest_batch)
    with connection.cursor() as cursor:
        # The snapshot is the one of this very statement: it sees exactly what it says.
        cursor.execute(
            "WITH sealed AS ("  # noqa: S608  our own text
            " INSERT INTO audit.leaf (index, event_id, recorded_at, hash)"
            " SELECT %(size)s + row_number() OVER (ORDER BY transaction, id) - 1,"
            f" id, recorded_at, event.hash {waiting.source}"
            " AND (%(end)s::xid8 IS NULL OR transaction < %(end)s::xid8)"
            " RETURNING index, hash)"
            " SELECT pg_current_snapshot()::text, index, hash FROM (SELECT) AS one"
            " LEFT JOIN sealed ON true ORDER BY index",
            {**waiting.values, "size": waiting.size, "end": end},
        )
        rows = cursor.fetchall()
    snapshot = Snapshot.read(rows[0][0])
    leaves = [bytes(leaf) for _, index, leaf in rows if index is not None]
    return leaves, snapshot if end is None else snapshot.cut(int(end))


def _end_of_batch(waiting: Unsealed, largest_batch: int) -> str | None:
    """Find where a batch must end, if there are too many; a transaction is sealed whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT transaction::text {waiting.source} ORDER BY transaction"
            " OFFSET %(before)s LIMIT 1",
            {**waiting.values, "before": largest_batch - 1},
        )
        last = cursor.fetchone()
    return None if last is None else str(int(last[0]) + 1)
