"""An audit event inserted into a log of many millions, beside an empty one, by eight writers.

Both tables have the columns, the checks and the indexes of one month of the log, and all rows
of the long one are in that month, which is worse than it will be. What is written names any of
1.8 million companies, so that it falls anywhere in the index of companies.

`CORPID_BENCH_EVENTS` says how many rows the long one has (50 million); to write ten million
takes minutes.
"""

import os
import secrets
import time
from contextlib import closing
from uuid import UUID

import psycopg2
from django.db import connection

from benchmarks.eight_writers import EightWriters, writers
from benchmarks.measuring import Case
from benchmarks.product import Product

TITLE = "Record an audit event in a long log, eight writers"
BAR = 1 / 0.75  # three quarters of the events a second
COMPANIES = 1_800_000
_MAKE = """
DROP TABLE IF EXISTS benchmark_long, benchmark_empty;
CREATE TABLE benchmark_long (LIKE audit.event INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE benchmark_empty (LIKE audit.event INCLUDING ALL);
GRANT INSERT ON benchmark_long, benchmark_empty TO PUBLIC;
"""
# Ids as UUIDv7 makes them: the time in milliseconds first, the rest random.
_FILL = """
INSERT INTO benchmark_long
    (id, recorded_at, kind, actor, subject, company_id, facts, commitments, hash)
SELECT
    (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
        || substr(md5(n::text), 1, 19))::uuid,
    at, 'benchmark.recorded', 'system', 'benchmark:' || n,
    lpad(to_hex((hashint8(n)::bigint + 2147483648) %% %(companies)s), 32, '0')::uuid,
    jsonb_build_object('number', n), '{}', sha256(int8send(n))
FROM (
    SELECT n, now() - interval '30 days' + n * interval '30 days' / %(events)s AS at
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
) AS numbered
"""
_INDEX = """
ALTER TABLE benchmark_long ADD PRIMARY KEY (id, recorded_at);
CREATE INDEX ON benchmark_long (transaction, id);
CREATE INDEX ON benchmark_long (company_id, recorded_at) WHERE company_id IS NOT NULL;
CREATE INDEX ON benchmark_long USING brin (recorded_at);
VACUUM (ANALYZE) benchmark_long;
"""
_AT_ONCE = 1_000_000


def prepare(product: Product) -> Case:
    _fill(product, events=int(os.environ.get("CORPID_BENCH_EVENTS", "50000000")))
    pool = writers()
    return Case(
        name="audit_full",
        title=TITLE,
        subject=EightWriters(
            "in the long log", _insert_into_long, pool, product.cpu_of_servers
        ),
        comparison=EightWriters(
            "in an empty log", _insert_into_empty, pool, product.cpu_of_servers
        ),
        bar=BAR,
    )


def _insert_into_long(number: int) -> None:
    _insert("benchmark_long", number)


def _insert_into_empty(number: int) -> None:
    _insert("benchmark_empty", number)


def _insert(table: str, number: int) -> None:
    from corpid.identifiers import uuid7  # noqa: PLC0415  after setup

    company = UUID(int=secrets.randbelow(COMPANIES))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table}"  # noqa: S608  one of two names above
            " (id, recorded_at, kind, actor, subject, company_id, facts, commitments, hash)"
            " VALUES"
            " (%s, now(), 'benchmark.recorded', 'system', 'benchmark:8', %s, %s, '{}', %s)",
            [uuid7(), company, f'{{"number": {number}}}', secrets.token_bytes(32)],
        )


def _fill(product: Product, *, events: int) -> None:
    """Make both tables as the owner, a million rows at a time."""
    began = time.monotonic()
    with closing(psycopg2.connect(product.environment["MIGRATION_DATABASE_URL"])) as owner:
        owner.autocommit = True
        with owner.cursor() as cursor:
            cursor.execute(_MAKE)
            for first in range(0, events, _AT_ONCE):
                last = min(first + _AT_ONCE, events) - 1
                of = {"companies": COMPANIES, "events": events, "first": first, "last": last}
                cursor.execute(_FILL, of)
            for statement in _INDEX.split(";\n")[:-1]:
                cursor.execute(statement)
    print(f"{events:,} events written in {time.monotonic() - began:.0f} s", flush=True)
