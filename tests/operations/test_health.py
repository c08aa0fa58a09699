"""What supervisors and load balancers are told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from celery.signals import heartbeat_sent
from celery.worker.heartbeat import Heart
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from corpid.jobs.models import Job
from corpid.jobs.registry import Queue
from corpid.keys.store import key_store
from corpid.operations.api import health
from corpid.operations.heartbeats import SILENT_AFTER
from corpid.operations.services.check_readiness import OLDEST_WAITING_JOB, check_readiness

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALL_WELL = dict.fromkeys(
    ("database", "cache", "keys", "workers", "queues", "audit", "restore"), ""
)


def hear_from(*queues: str) -> None:
    """Let the heart of a Celery worker of these queues beat once."""
    app = Celery(set_as_current=False)
    app.amqp.queues.select([str(queue) for queue in queues])
    heart = Heart(timer=None, eventer=app.events.Dispatcher(enabled=False))
    heartbeat_sent.send(sender=heart)


def queued(*, run_after: datetime, state: str = Job.State.QUEUED, **more: Any) -> Job:
    return Job.objects.create(
        kind="test",
        queue="sign",
        run_after=run_after,
        created_at=run_after,
        state=state,
        **more,
    )


@pytest.mark.django_db(transaction=True)
def test_a_database_connection_that_was_cut_is_a_fault_and_no_failure() -> None:
    connection.ensure_connection()
    connection.connection.close()

    faults = check_readiness(at=NOW).faults

    assert faults["database"] == "InterfaceError"
    connection.close()


@pytest.mark.django_db
def test_it_is_ready_when_every_part_answers_and_each_queue_has_a_worker(
    client: Client,
) -> None:
    hear_from(*Queue)

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "parts": dict.fromkeys(ALL_WELL, "ok"),
        "warnings": [],
    }


@pytest.mark.django_db
def test_it_is_not_ready_while_a_queue_has_no_worker(client: Client) -> None:
    hear_from(*(queue for queue in Queue if queue != Queue.SIGN))

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["parts"]["workers"] == "no worker for sign"


@pytest.mark.django_db
def test_what_was_found_is_told_again_until_it_is_half_a_second_old(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "REMEMBERED_FOR", 60.0)
    hear_from(*Queue)
    assert client.get("/readyz").status_code == 200
    cache.clear()  # with the heartbeats

    within = client.get("/readyz").status_code
    monkeypatch.setattr(health, "REMEMBERED_FOR", 0.0)
    after = client.get("/readyz").status_code

    assert (within, after) == (200, 503)


@pytest.mark.django_db
def test_many_who_ask_cost_one_look(
    client: Client, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "REMEMBERED_FOR", 60.0)
    client.get("/readyz")

    with django_assert_num_queries(0):
        for _ in range(5):
            client.get("/readyz")


@pytest.mark.django_db
def test_a_worker_that_has_fallen_silent_does_not_count() -> None:
    hear_from(*Queue)
    heard = timezone.now()

    just_in_time = check_readiness(at=heard + SILENT_AFTER - timedelta(seconds=1))
    too_late = check_readiness(at=heard + SILENT_AFTER + timedelta(seconds=1))

    assert just_in_time.faults["workers"] == ""
    assert too_late.faults["workers"].startswith("no worker for housekeeping, mail, notify")


@pytest.mark.django_db
def test_a_job_that_waits_too_long_is_told() -> None:
    queued(run_after=NOW - OLDEST_WAITING_JOB - timedelta(seconds=1))

    assert check_readiness(at=NOW).faults["queues"] == "jobs wait too long in sign"


@pytest.mark.django_db
def test_jobs_that_wait_their_turn_or_have_ended_are_no_fault() -> None:
    queued(run_after=NOW - OLDEST_WAITING_JOB + timedelta(seconds=1))
    long_ago = NOW - timedelta(days=1)
    queued(run_after=long_ago, state=Job.State.DEAD, ended_at=long_ago)

    assert check_readiness(at=NOW).faults["queues"] == ""


@pytest.mark.django_db
def test_dead_jobs_are_a_warning_and_stop_no_request(client: Client) -> None:
    hear_from(*Queue)
    for _ in range(2):
        queued(run_after=NOW, state=Job.State.DEAD, ended_at=NOW)

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["warnings"] == ["jobs: 2 dead in sign"]


@pytest.mark.django_db
def test_keys_that_do_not_open_are_told(settings: Any) -> None:
    check_readiness(at=NOW)
    settings.KEY_ENCRYPTION_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    key_store().forget()

    faults = check_readiness(at=NOW).faults

    assert faults == {**faults, "keys": "SealBroken"}


@pytest.fixture(autouse=True)
def _own_key_store() -> Iterator[None]:
    """Leave no key behind that another test's row would not fit."""
    yield
    key_store().forget()


def test_the_process_says_that_it_is_up_without_asking_the_others(client: Client) -> None:
    cache.clear()

    assert client.get("/healthz").content == b"ok\n"


def test_health_is_told_beside_the_proxy_too(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True

    asked = client.get("/healthz", headers={"Host": "127.0.0.1:8000"})
    page = client.get("/", headers={"Host": "127.0.0.1:8000"})

    assert asked.status_code == 200
    assert page.status_code == 301
