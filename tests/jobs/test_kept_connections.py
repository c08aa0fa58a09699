"""Workers keep their database connection from job to job, and notice one that was cut."""

from typing import Any

import psycopg2

from tests.journeys.test_signing import agreement, verify
from tests.running import Product

JOBS = 8


_OF_THE_WORKER = """
SELECT pid FROM pg_stat_activity WHERE application_name = 'corpid worker'
"""


def rows(product: Product, sql: str) -> list[Any]:
    connection = psycopg2.connect(product.environment["MIGRATION_DATABASE_URL"])
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()
    finally:
        connection.close()


def ask(product: Product, sql: str) -> int:
    return int(rows(product, sql)[0][0])


def test_jobs_one_after_another_open_no_new_connections(running: Product) -> None:
    for _ in range(3):  # each of the two processes has its own by now
        verify(running.base_url, agreement("Warm"))
    before = set(rows(running, _OF_THE_WORKER))
    opened = set()

    for number in range(JOBS):
        verify(running.base_url, agreement(f"Kept {number}"))
        kept = set(rows(running, _OF_THE_WORKER))
        assert kept
        opened |= kept - before

    assert len(opened) < JOBS  # each job had opened one once; two may have come of age


def test_a_worker_whose_connection_was_cut_does_the_next_job_at_once(running: Product) -> None:
    verify(running.base_url, agreement("Before"))
    ask(
        running,
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE usename = 'corpid_app' AND state = 'idle'",
    )

    verify(running.base_url, agreement("After"))

    attempts = "SELECT attempts FROM jobs_job WHERE kind = 'signatures.verify'"
    assert ask(running, f"{attempts} ORDER BY created_at DESC LIMIT 1") == 1
