"""What gauges and readiness are told of the queues, at no cost that grows with what is done."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from corpid.jobs.models import Job
from corpid.jobs.registry import Queue
from corpid.jobs.services.measure_jobs import QueueFigures, measure_jobs
from corpid.jobs.services.purge_jobs import KEPT, purge_jobs
from corpid.jobs.services.sweep_jobs import PATIENCE

MINUTE = timedelta(minutes=1)
DONE_JOBS = 100_000

pytestmark = pytest.mark.django_db


def make(now: datetime, queue: Queue, state: str, **more: Any) -> Job:
    has_ended = state not in Job.OPEN
    return Job.objects.create(
        kind="tests.work",
        queue=queue,
        state=state,
        created_at=now,
        **{
            "run_after": now,
            "leased_until": now if state == Job.State.LEASED else None,
            "ended_at": now if has_ended else None,
            **more,
        },
    )


def test_each_queue_tells_what_waits_runs_and_is_dead(now: datetime) -> None:
    for minutes in (3, 1):
        make(now, Queue.SIGN, Job.State.QUEUED, run_after=now - minutes * MINUTE)
    make(now, Queue.SIGN, Job.State.QUEUED, run_after=now + MINUTE)
    make(now, Queue.SIGN, Job.State.LEASED, run_after=now - 9 * MINUTE)
    make(now, Queue.NOTIFY, Job.State.DEAD)
    for state in (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED):
        make(now, Queue.VERIFY, state)

    figures = measure_jobs(at=now)

    assert figures.queues == {
        "sign": QueueFigures(waiting=2, later=1, running=1, waiting_for=3 * MINUTE),
        "verify": QueueFigures(),
        "retrieve": QueueFigures(),
        "notify": QueueFigures(dead=1),
        "mail": QueueFigures(),
        "housekeeping": QueueFigures(),
    }
    assert figures.unpurged_for is None


def test_a_queue_of_another_release_is_told_too(now: datetime) -> None:
    Job.objects.create(
        kind="later.kind", queue="stamp", created_at=now, run_after=now, state=Job.State.QUEUED
    )

    assert measure_jobs(at=now).queues["stamp"].waiting == 1


def test_what_ended_long_ago_is_forgotten_and_the_dead_are_not(now: datetime) -> None:
    too_old = now - KEPT - MINUTE
    for state in (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED, Job.State.DEAD):
        make(now, Queue.SIGN, state, ended_at=too_old)
    kept = make(now, Queue.SIGN, Job.State.DONE, ended_at=now - KEPT)

    assert measure_jobs(at=now).unpurged_for == MINUTE
    assert purge_jobs(at=now) == 3
    assert measure_jobs(at=now).unpurged_for is None
    assert set(Job.objects.values_list("state", flat=True)) == {"done", "dead"}
    assert Job.objects.get(state="done").id == kept.id


@pytest.fixture
def many_done(now: datetime) -> None:
    """Lay 100,000 jobs that are done around a few that are not."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO jobs_job (id, kind, queue, priority, arguments, state, fence, attempts,
                                  run_after, woken_at, created_at, ended_at, progress_done,
                                  progress_total, progress_message, error_code, errors)
            SELECT gen_random_uuid(), 'tests.work', 'sign', 3, '{}', 'done', 1, 1, at, at, at,
                   at, 1, 1, '', '', '{}'
              FROM (SELECT %s::timestamptz - n * interval '1 second' AS at
                      FROM generate_series(1, %s) AS n) AS moments
            """,
            [now, DONE_JOBS],
        )
    for _ in range(3):
        make(now, Queue.SIGN, Job.State.QUEUED, run_after=now - MINUTE, woken_at=now - MINUTE)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_job")


def plans(queries: Iterable[str]) -> list[str]:
    lines = []
    with connection.cursor() as cursor:
        for query in queries:
            cursor.execute("EXPLAIN " + query)
            lines += [line for (line,) in cursor.fetchall()]
    return lines


def test_neither_the_sweep_nor_the_gauges_read_what_is_done(
    many_done: None, now: datetime
) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = len(Job.objects.late(patience=PATIENCE))
        measure_jobs(at=now)

    read = plans(query["sql"] for query in asked.captured_queries)
    scans = [line.strip() for line in read if "Scan" in line]
    assert found == 3
    assert len(asked) == 4
    assert [line for line in scans if "Seq Scan" in line] == []
    assert {line.split(" on ")[1].split()[0] for line in scans if "Bitmap Index" in line} | {
        line.split(" using ")[1].split()[0] for line in scans if " using " in line
    } <= {"open_jobs_by_time", "dead_jobs_by_queue", "ended_jobs_by_time"}
