"""Eight writers of audit events, beside eight that chain each event to the one before it.

A chain has one lock, held until the commit is on the disk: it costs waiting, hardly processor.
So the figure of this case is the time that the writers took. The chain's table has the log's
columns and indexes.
"""

from contextlib import closing
from hashlib import sha256

import orjson
import psycopg2
from django.db import connection, transaction
from django.utils import timezone

from benchmarks.eight_writers import EightWriters, writers
from benchmarks.measuring import Case
from benchmarks.product import Product

TITLE = "Record audit events, eight writers"
BAR = 1 / 3  # three times the chain's events a second
_CHAIN = """
DROP TABLE IF EXISTS benchmark_chain;
CREATE TABLE benchmark_chain (LIKE audit.event INCLUDING ALL);
ALTER TABLE benchmark_chain ADD number bigint GENERATED ALWAYS AS IDENTITY UNIQUE;
"""


def prepare(product: Product) -> Case:
    _make_table(product)
    pool = writers()
    return Case(
        name="audit_chain",
        title=TITLE,
        subject=EightWriters("record_event", _record, pool, product.cpu_of_servers),
        comparison=EightWriters("chain in the request", _chain, pool, product.cpu_of_servers),
        bar=BAR,
    )


def _record(number: int) -> None:
    from corpid.audit.services.record_event import record_event  # noqa: PLC0415  after setup

    record_event(
        kind="benchmark.recorded",
        at=timezone.now(),
        actor="system",
        subject="benchmark:8",
        facts={"number": number},
    )


def _chain(number: int) -> None:
    from corpid.audit.canonical import event_hash  # noqa: PLC0415  after setup
    from corpid.identifiers import uuid7  # noqa: PLC0415

    event_id, at, facts = uuid7(), timezone.now(), {"number": number}
    content = event_hash(
        event_id=event_id,
        recorded_at=at,
        kind="benchmark.chained",
        actor="system",
        subject="benchmark:8",
        company_id=None,
        facts=facts,
        commitments={},
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1)")
        cursor.execute("SELECT hash FROM benchmark_chain ORDER BY number DESC LIMIT 1")
        before = cursor.fetchone()
        chained = sha256((bytes(before[0]) if before else b"") + content).digest()
        cursor.execute(
            "INSERT INTO benchmark_chain"
            " (id, recorded_at, kind, actor, subject, facts, commitments, hash)"
            " VALUES (%s, %s, 'benchmark.chained', 'system', 'benchmark:8', %s, '{}', %s)",
            [event_id, at, orjson.dumps(facts).decode(), chained],
        )


def _make_table(product: Product) -> None:
    """Make the chain's table, as the owner: the application has no DDL."""
    with (
        closing(psycopg2.connect(product.environment["MIGRATION_DATABASE_URL"])) as owner,
        owner,
        owner.cursor() as cursor,
    ):
        cursor.execute(_CHAIN)
