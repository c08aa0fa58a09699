"""Nobody is served by a restored database that is not made safe, and no job is done."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from corpid.jobs.models import Job
from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.jobs.services.run_job import run_job
from corpid.restores.generation import forget_generation
from corpid.restores.models import Restoration
from tests.jobs.conftest import THING, Work, work  # noqa: F401  a fixture
from tests.makers import NOW
from tests.restores.restored import restored

pytestmark = pytest.mark.django_db


def finish(row: Restoration) -> None:
    Restoration.objects.filter(pk=row.pk).update(event_id=row.pk, finished_at=NOW)
    forget_generation()


@pytest.mark.parametrize("path", ["/", "/sign-in", "/admin/", "/no-such-page"])
def test_a_page_says_that_a_restore_is_not_finished(client: Client, path: str) -> None:
    row = restored(at=NOW, is_finished=False)

    refused = client.get(path)

    assert refused.status_code == 503
    assert refused["Retry-After"] == "60"
    assert "Corp ID is being brought back from a backup." in refused.content.decode()
    assert "Content-Security-Policy" in refused
    finish(row)
    assert client.get(path).status_code != 503


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/companies"),
        ("POST", "/oauth/token"),
        ("GET", "/.well-known/jwks.json"),
        ("GET", "/status-lists/1"),
        ("GET", "/audit/checkpoint"),
    ],
)
def test_a_machine_is_told_too(client: Client, method: str, path: str) -> None:
    restored(at=NOW, is_finished=False)

    refused = client.generic(method, path)

    assert (refused.status_code, refused["Retry-After"]) == (503, "60")
    assert refused.json()["code"] == "restore_not_finished"


def test_what_the_error_means_is_told_all_the_same(client: Client) -> None:
    restored(at=NOW, is_finished=False)

    assert client.get("/problems/restore_not_finished").status_code == 200


def test_the_operator_sees_what_is_missing(client: Client) -> None:
    restored(at=NOW, is_finished=False)

    ready = client.get("/readyz")

    assert ready.status_code == 503
    assert ready.json()["parts"]["restore"] == "finish_restore has not ended"
    assert client.get("/healthz").status_code == 200  # nothing is gained by starting it again


def test_after_a_restore_that_is_finished_the_part_answers(client: Client) -> None:
    restored(at=NOW)

    assert client.get("/readyz").json()["parts"]["restore"] == "ok"


def test_only_the_last_restore_counts(client: Client) -> None:
    restored(at=NOW)
    assert client.get("/sign-in").status_code == 200

    restored(at=timezone.now(), is_finished=False)

    assert client.get("/sign-in").status_code == 503


def test_two_restores_are_not_unfinished_at_once() -> None:
    restored(at=NOW, is_finished=False)

    with pytest.raises(IntegrityError, match="one_restore_is_unfinished"), transaction.atomic():
        restored(at=NOW, is_finished=False)


@pytest.mark.django_db(transaction=True)
def test_a_job_waits_and_loses_no_attempt(work: Work) -> None:  # noqa: F811  the fixture
    now = timezone.now()
    row = restored(at=now, is_finished=False)
    job = enqueue_job(kind="tests.work", arguments={"thing": THING}, at=now)

    run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.QUEUED, 0)
    assert job.error_code == "restore_not_finished"
    assert work.done == []
    finish(row)
    Job.objects.filter(pk=job.pk).update(run_after=now)
    run_job(job_id=job.id)
    assert work.done == [THING]
