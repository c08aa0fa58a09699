"""A worker takes its lease on the connection that the last job left, good or not."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection, transaction

from corpid.jobs.models import Job
from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.jobs.services.lease_job import lease_job
from tests.jobs.conftest import THING, Work

pytestmark = pytest.mark.django_db(transaction=True)


class Asked:
    """The first word of each statement that the database was sent."""

    def __init__(self) -> None:
        self.verbs: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.verbs.append(sql.split(maxsplit=1)[0])
        return execute(sql, *rest)


def enqueue(now: datetime) -> Job:
    return enqueue_job(kind="tests.work", arguments={"thing": THING}, at=now)


def begin_a_task() -> None:
    """Do what Celery's signal does before each task (corpid/celery.py)."""
    connection.close_if_unusable_or_obsolete()


def cut_the_connection() -> None:
    """End it from the other side, as a restart of the server does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [backend] = cursor.fetchone()
    given = connection.get_connection_params()
    other = psycopg2.connect(
        **{
            name: given[name]
            for name in ("dbname", "user", "host", "password")
            if name in given
        }
    )
    with other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    other.close()


def test_a_lease_is_one_statement_and_no_question_before_it(
    work: Work, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, asked = enqueue(now), Asked()
    connection.health_check_enabled = True  # type: ignore[attr-defined]  # stubs lack it
    real = connection.is_usable

    def is_usable() -> bool:
        asked.verbs.append("is usable")
        return real()

    monkeypatch.setattr(connection, "is_usable", is_usable)
    begin_a_task()

    with connection.execute_wrapper(asked):
        execution = lease_job(job_id=job.id)

    assert execution is not None
    assert asked.verbs == ["UPDATE"]


def test_a_connection_that_was_cut_meanwhile_is_replaced_and_the_job_taken_once(
    work: Work, now: datetime
) -> None:
    job = enqueue(now)
    begin_a_task()
    cut_the_connection()

    execution = lease_job(job_id=job.id)

    job.refresh_from_db()
    assert execution is not None
    assert (job.attempts, job.fence, execution.fence) == (1, 1, 1)


def test_inside_a_transaction_nothing_is_asked_again(work: Work, now: datetime) -> None:
    job = enqueue(now)

    with pytest.raises(OperationalError), transaction.atomic():  # noqa: PT012  the whole of it
        cut_the_connection()
        lease_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 0)


def test_what_is_wrong_with_the_statement_is_not_asked_twice(
    work: Work, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, asked = enqueue(now), Asked()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '50ms'")
    monkeypatch.setattr(
        "corpid.jobs.services.lease_job._TAKE", "SELECT pg_sleep(1), %(id)s, %(lease)s"
    )

    with (
        pytest.raises(OperationalError),
        connection.execute_wrapper(asked),
    ):
        lease_job(job_id=job.id)

    connection.close()
    assert asked.verbs == ["SELECT"]
