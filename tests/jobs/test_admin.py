"""Starting a dead job again is for the caseworker who may change jobs."""

from datetime import datetime

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from authentication.models import Account, Caseworker
from corpid.audit.models import Event
from corpid.jobs.models import Job
from corpid.jobs.services.enqueue_job import enqueue_job
from tests.jobs.conftest import THING, Work
from tests.signing_in import PASSWORD, code_of, give_device

pytestmark = pytest.mark.django_db

EMAIL = "caseworker@agency.example"


@pytest.fixture
def caseworker(client: Client) -> Account:
    account = Account.objects.create_account(email=EMAIL, password=PASSWORD, is_staff=True)
    Caseworker.objects.create(account=account, name="Ng Caseworker")
    account.user_permissions.add(Permission.objects.get(codename="view_job"))
    client.post(
        "/sign-in",
        {"email": EMAIL, "password": PASSWORD, "code": code_of(give_device(account))},
    )
    return account


@pytest.fixture
def dead(work: Work, now: datetime) -> Job:
    job = enqueue_job(kind="tests.work", arguments={"thing": THING}, at=now)
    Job.objects.filter(id=job.id).update(state=Job.State.DEAD, ended_at=now)
    return job


def start_again(client: Client, job: Job) -> str:
    answer = client.post(
        "/admin/jobs/job/",
        {"action": "redrive", "_selected_action": [str(job.id)]},
        follow=True,
    )
    job.refresh_from_db()
    return answer.content.decode()


def test_a_caseworker_who_may_starts_it_again(
    client: Client, caseworker: Account, dead: Job
) -> None:
    caseworker.user_permissions.add(Permission.objects.get(codename="redrive_job"))

    start_again(client, dead)

    event = Event.objects.get(kind="jobs.redriven", subject=f"job:{dead.id}")
    assert (dead.state, event.actor) == ("queued", f"caseworker:{caseworker.pk}")


def test_a_caseworker_who_may_only_look_starts_nothing(
    client: Client, caseworker: Account, dead: Job
) -> None:
    page = start_again(client, dead)

    assert dead.state == "dead"
    assert "Start again" not in page


def test_why_it_cannot_be_started_again_is_said(
    client: Client, caseworker: Account, dead: Job, work: Work
) -> None:
    caseworker.user_permissions.add(Permission.objects.get(codename="redrive_job"))
    work.can_be_revived = False

    page = start_again(client, dead)

    assert dead.state == "dead"
    assert "What this job was for has ended." in page


def test_a_caseworker_who_may_stops_a_job_and_it_is_told_to_its_subject(
    client: Client, caseworker: Account, work: Work, now: datetime
) -> None:
    caseworker.user_permissions.add(Permission.objects.get(codename="stop_job"))
    job = enqueue_job(kind="tests.work", arguments={"thing": THING}, at=now)

    client.post(
        "/admin/jobs/job/", {"action": "stop", "_selected_action": [str(job.id)]}, follow=True
    )

    job.refresh_from_db()
    event = Event.objects.get(kind="jobs.stopped", subject=f"job:{job.id}")
    assert (job.state, event.actor) == ("cancelled", f"caseworker:{caseworker.pk}")
    assert work.abandoned == ["stopped_by_caseworker"]


def test_a_caseworker_without_the_right_stops_nothing(
    client: Client, caseworker: Account, work: Work, now: datetime
) -> None:
    job = enqueue_job(kind="tests.work", arguments={"thing": THING}, at=now)

    client.post(
        "/admin/jobs/job/", {"action": "stop", "_selected_action": [str(job.id)]}, follow=True
    )

    job.refresh_from_db()
    assert job.state == "queued"
