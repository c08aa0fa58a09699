"""Several workers at one job, in real threads and processes: one of them has the effect."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from corpid.audit.models import Event
from corpid.audit.services.record_event import record_event
from corpid.errors import CorpIDError
from corpid.jobs.models import Job
from corpid.jobs.registry import Execution
from corpid.jobs.services.dismiss_job import dismiss_job
from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.jobs.services.lease_job import lease_job
from corpid.jobs.services.run_job import run_job
from corpid.jobs.services.sweep_jobs import sweep_jobs
from tests.jobs.conftest import THING, Work

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 5


def all_at_once(deed: Callable[[], object]) -> list[object]:
    barrier = Barrier(WORKERS)

    def one(_: int) -> object:
        barrier.wait(timeout=20)
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, range(WORKERS)))


def enqueue(now: datetime, kind: str = "tests.work") -> Job:
    return enqueue_job(kind=kind, arguments={"thing": THING}, at=now)


def test_of_workers_that_race_for_one_lease_one_wins(work: Work, now: datetime) -> None:
    for _ in range(20):
        job = enqueue(now)

        executions = all_at_once(lambda job=job: lease_job(job_id=job.id))  # type: ignore[misc]  # mypy infers no default of a lambda

        winners = [each for each in executions if each is not None]
        assert [each.fence for each in winners if isinstance(each, Execution)] == [1]


def test_five_deliveries_at_once_are_one_effect(work: Work, now: datetime) -> None:
    job = enqueue(now)

    all_at_once(lambda: run_job(job_id=job.id))

    job.refresh_from_db()
    assert (work.done, job.state, job.attempts) == ([THING], "done", 1)


def test_several_sweeps_at_once_wake_each_late_job_once(work: Work, now: datetime) -> None:
    for _ in range(50):
        enqueue(now)
    Job.objects.update(woken_at=Now() - timedelta(seconds=11))

    woken = all_at_once(sweep_jobs)

    assert sum(each for each in woken if isinstance(each, int)) == 50


def test_nobody_queues_up_behind_a_job_that_is_being_ended(work: Work, now: datetime) -> None:
    job = enqueue(now)
    ending = lease_job(job_id=job.id)
    assert ending is not None
    Job.objects.filter(id=job.id).update(leased_until=Now() - timedelta(seconds=1))

    with ending.completing():
        began = time.monotonic()
        others = all_at_once(lambda: (lease_job(job_id=job.id), sweep_jobs()))
        waited = time.monotonic() - began

    assert others == [(None, 0)] * WORKERS
    assert waited < 5
    job.refresh_from_db()
    assert job.state == "done"


def test_a_caseworker_and_a_worker_at_once_leave_one_outcome(work: Work, now: datetime) -> None:
    for _ in range(10):
        work.done.clear()
        work.abandoned.clear()
        job = enqueue(now)
        execution = lease_job(job_id=job.id)
        assert execution is not None

        def end(number: int, execution: Execution = execution, job: Job = job) -> str:
            try:
                with transaction.atomic():
                    if number:
                        dismiss_job(job_id=job.id, actor="caseworker:1", at=now)
                        return "stopped"
                    with execution.completing():
                        record_event(
                            kind="tests.effect", at=now, actor="t", subject=str(job.id)
                        )
                    return "done"
            except CorpIDError as error:
                return type(error).__name__
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(end, range(2)))

        assert outcomes in (["done", "JobHasEnded"], ["LeaseLost", "stopped"])
        effects = Event.objects.filter(kind="tests.effect", subject=str(job.id)).count()
        assert (effects, len(work.abandoned)) == ((1, 0) if outcomes[0] == "done" else (0, 1))


WORKER = """
import os, sys, uuid
import django
django.setup()
from django.utils import timezone
from corpid.audit.services.record_event import record_event
from corpid.jobs.crash_point import reach_crash_point
from corpid.jobs.registry import Queue, job
from corpid.jobs.services.run_job import run_job

@job("tests.paused", queue=Queue.NOTIFY)
def work(execution):
    reach_crash_point("tests.paused")
    with execution.completing():
        record_event(kind="tests.effect", at=timezone.now(), actor=sys.argv[2],
                     subject=str(execution.job_id))

run_job(job_id=uuid.UUID(sys.argv[1]))
"""


def start_worker(job: Job, name: str, state: Path) -> subprocess.Popen[str]:
    address = urlsplit(os.environ["DATABASE_URL"])
    database = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DATABASE_URL": address._replace(path=f"/{database}").geturl(),
        "CORPID_VAR": str(state),
        "DJANGO_SETTINGS_MODULE": "corpid.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(job.id), name],
        env=environment,
        text=True,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("sent", ["SIGSTOP", "SIGKILL"])
def test_a_worker_past_its_lease_changes_nothing_and_another_does_the_work(
    now: datetime, tmp_path: Path, sent: str
) -> None:
    job = Job.objects.create(
        kind="tests.paused", queue="notify", created_at=now, run_after=now, woken_at=now
    )
    armed = tmp_path / "crash-points" / "tests.paused"
    armed.parent.mkdir()
    armed.write_text(sent)
    first = start_worker(job, "first", tmp_path)
    try:
        await_file(armed.with_name("tests.paused.reached"), first)
        Job.objects.filter(id=job.id).update(leased_until=Now() - timedelta(seconds=1))
        second = start_worker(job, "second", tmp_path)
        assert second.wait(timeout=60) == 0, second.communicate()[1]
        if sent == "SIGSTOP":
            first.send_signal(signal.SIGCONT)
        ended = first.wait(timeout=60)
    finally:
        first.kill()
        first.communicate()
        second.communicate()

    assert ended == (0 if sent == "SIGSTOP" else -signal.SIGKILL)
    job.refresh_from_db()
    assert (job.state, job.fence, job.attempts) == ("done", 2, 2)
    effects = Event.objects.filter(kind="tests.effect", subject=str(job.id))
    assert [event.actor for event in effects] == ["second"]


def await_file(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, "the worker did not reach its crash point"
        if process.poll() not in (None, -signal.SIGKILL):
            pytest.fail(process.communicate()[1])
        time.sleep(0.05)
