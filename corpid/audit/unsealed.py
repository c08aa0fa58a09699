"""Which events wait to be sealed, found at a cost that doesn't grow with the log.

The sealer keeps the snapshot with which it last read (`pg_snapshot`): which transactions had
ended by then, and which still ran. What waits are the events of those that ran or had not
begun, as far as they have ended now. Their ids are put into the query as values, so that the
index on `transaction` finds them; and the planner is kept from reading the whole log instead,
which it would do whenever its statistics are older than the last million events.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;"
_BY_INDEX += " SET LOCAL enable_mergejoin = off"
_NOT_IN_THE_TREE = "NOT EXISTS (SELECT FROM audit.leaf WHERE leaf.event_id = event.id)"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """PostgreSQL's pg_snapshot: all before `end` have ended but those `running`."""

    end: int
    running: frozenset[int]

    @classmethod
    def read(cls, text: str) -> "Snapshot":
        _, end, running = text.split(":")
        return cls(int(end), frozenset(int(xid) for xid in running.split(",") if xid))

    def cut(self, end: int) -> "Snapshot":
        """Know nothing of transactions from `end` on."""
        return Snapshot(end, frozenset(xid for xid in self.running if xid < end))

    def __str__(self) -> str:
        start = min(self.running, default=self.end)
        return f"{start}:{self.end}:{','.join(map(str, sorted(self.running)))}"


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What waited when this was made: `source` is a FROM and WHERE over `audit.event`."""

    size: int
    source: str
    values: dict[str, Any]


def unsealed_events() -> Unsealed:
    """Ask, inside the caller's transaction, for what waits beyond the sealer's snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT size, sealed_by::text,"
            " pg_snapshot_xmax(sealed_by) > pg_snapshot_xmax(pg_current_snapshot())"
            " FROM audit.sealer"
        )
        size, sealed_by, is_from_another_cluster = cursor.fetchone()
        if is_from_another_cluster:  # restored from a dump: ids began anew, so look at all
            return Unsealed(size, f"FROM audit.event WHERE {_NOT_IN_THE_TREE}", {})
        cursor.execute(_BY_INDEX)
    snapshot = Snapshot.read(sealed_by)
    return Unsealed(
        size,
        "FROM audit.event WHERE (transaction >= %(first)s::xid8"
        f" OR transaction = ANY (%(running)s::xid8[])) AND {_NOT_IN_THE_TREE}",
        {
            "first": str(snapshot.end),
            "running": [str(xid) for xid in sorted(snapshot.running)],
        },
    )
