"""Workers keep their database connection from job to job, and notice one that was cut."""

import time

import psycopg2

from tests.journeys.test_signing import agreement, verify
from tests.running import Product

JOBS = 8


def ask(product: Product, sql: str) -> int:
    connection = psycopg2.connect(product.environment["MIGRATION_DATABASE_URL"])
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            (number,) = cursor.fetchone() or (0,)
            return int(number)
    finally:
        connection.close()


def test_jobs_one_after_another_open_no_new_connections(running: Product) -> None:
    def opened() -> int:
        time.sleep(1.5)  # the statistics follow
        return ask(
            running, "SELECT sessions FROM pg_stat_database WHERE datname = current_database()"
        )

    for _ in range(3):  # each of the two processes has its own by now
        verify(running.base_url, agreement("Warm"))
    before = opened()

    for number in range(JOBS):
        verify(running.base_url, agreement(f"Kept {number}"))

    assert (
        opened() - before < JOBS
    )  # before, each of them and each tick of the clock opened one


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
