from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from celery import current_app
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from kombu import Connection
from kombu.pools import producers

from corpid.audit.models import Event
from corpid.errors import Conflict, NotAvailable, PartAway, SwitchedOff
from corpid.jobs import registry
from corpid.jobs.models import Job
from corpid.jobs.registry import LeaseLost, kind_named, kinds, wait_for_switch
from corpid.jobs.services.cancel_job import cancel_job
from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.jobs.services.lease_job import lease_job
from corpid.jobs.services.redrive_job import JobMovedOn, JobNotDead, redrive_job
from corpid.jobs.services.run_job import run_job
from corpid.jobs.services.sweep_jobs import sweep_jobs
from corpid.jobs.services.wake_waiting import wake_waiting
from tests.jobs.conftest import THING, Work

pytestmark = pytest.mark.django_db(transaction=True)


class TypesetterAsleep(NotAvailable):
    code = "typesetter_asleep"
    title = "Asleep"
    remedy = "Wait"


class PressStopped(PartAway):
    code = "press_stopped"
    title = "Stopped"
    remedy = "Wait"


class PressLocked(SwitchedOff):
    code = "press_locked"
    title = "Locked"
    remedy = "Wait"


class WrongColour(Conflict):
    code = "wrong_colour"
    title = "Wrong"
    remedy = "Choose another"


def enqueue(now: datetime, *, unique_key: str | None = None) -> Job:
    return enqueue_job(
        kind="tests.work", arguments={"thing": THING}, at=now, unique_key=unique_key
    )


def let_lease_run_out(job: Job) -> None:
    Job.objects.filter(id=job.id).update(
        woken_at=Now() - timedelta(seconds=7), leased_until=Now() - timedelta(seconds=1)
    )


def make_due(job: Job) -> None:
    Job.objects.filter(id=job.id).update(run_after=Now() - timedelta(seconds=1))


def test_a_job_is_done_once_however_often_it_is_delivered(work: Work, now: datetime) -> None:
    job = enqueue(now)

    for _ in range(5):
        run_job(job_id=job.id)

    job.refresh_from_db()
    assert work.done == [THING]
    assert (job.state, job.attempts, job.progress_done) == ("done", 1, 1)


def test_a_job_of_a_rolled_back_request_never_was(work: Work, now: datetime) -> None:
    with transaction.atomic():
        enqueue(now)
        transaction.set_rollback(True)

    assert not Job.objects.exists()
    assert work.done == []


def test_the_same_unique_key_joins_the_open_job(work: Work, now: datetime) -> None:
    first, twin = enqueue(now, unique_key="k"), enqueue(now, unique_key="k")
    run_job(job_id=first.id)
    later = enqueue(now, unique_key="k")

    assert first.id == twin.id != later.id


def test_a_worker_that_went_silent_loses_the_job_and_its_effect(
    work: Work, now: datetime
) -> None:
    job = enqueue(now)
    paused = lease_job(job_id=job.id)
    assert paused is not None
    let_lease_run_out(job)
    run_job(job_id=job.id)

    with pytest.raises(LeaseLost), paused.completing():
        Job.objects.filter(id=job.id).update(progress_message="from the grave")

    job.refresh_from_db()
    assert (job.state, job.progress_message, work.done) == ("done", "half", [THING])


def test_a_held_lease_lets_nobody_else_in(work: Work, now: datetime) -> None:
    job = enqueue(now)
    assert lease_job(job_id=job.id) is not None

    assert lease_job(job_id=job.id) is None
    run_job(job_id=job.id)
    assert work.done == []


def test_what_is_not_available_is_tried_again_later(work: Work, now: datetime) -> None:
    work.raising = TypesetterAsleep()
    job = enqueue(now)

    run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.error_code) == ("queued", "typesetter_asleep")
    assert job.run_after > now + timedelta(seconds=1)
    assert lease_job(job_id=job.id) is None


def test_attempts_end_and_the_dead_wait_for_a_caseworker(work: Work, now: datetime) -> None:
    work.raising = ZeroDivisionError("oops")
    job = enqueue(now)

    for _ in range(3):
        make_due(job)
        run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, len(job.errors)) == ("dead", 3)
    assert work.abandoned == ["unexpected_error"]
    work.raising = None
    redrive_job(job_id=job.id, actor="caseworker:1", at=now)
    run_job(job_id=job.id)
    assert work.done == [THING]


def fail(work: Work, now: datetime) -> Job:
    work.raising = WrongColour()
    job = enqueue(now)
    run_job(job_id=job.id)
    work.raising = None
    return job


def test_who_starts_a_job_again_is_recorded_and_its_subject_brought_back(
    work: Work, now: datetime
) -> None:
    job = fail(work, now)

    redrive_job(job_id=job.id, actor="caseworker:1", at=now)

    event = Event.objects.get(kind="jobs.redriven", subject=f"job:{job.id}")
    assert (event.actor, event.facts["error_code"]) == ("caseworker:1", "wrong_colour")
    assert work.revived_by == ["caseworker:1"]


def test_a_job_whose_subject_has_moved_on_is_not_started_again(
    work: Work, now: datetime
) -> None:
    job = fail(work, now)
    work.can_be_revived = False

    with pytest.raises(JobMovedOn):
        redrive_job(job_id=job.id, actor="caseworker:1", at=now)

    job.refresh_from_db()
    assert job.state == "failed"
    assert not Event.objects.filter(subject=f"job:{job.id}").exists()


@pytest.mark.parametrize("kind", ["signatures.verify", "prefill.retrieve"])
def test_what_people_were_told_is_final_is_not_started_again(kind: str, now: datetime) -> None:
    job = enqueue_job(kind=kind, arguments={}, at=now)
    Job.objects.filter(id=job.id).update(state=Job.State.DEAD, ended_at=now)

    with pytest.raises(JobMovedOn):
        redrive_job(job_id=job.id, actor="caseworker:1", at=now)


def test_a_known_failure_ends_the_job_at_once_with_its_code(work: Work, now: datetime) -> None:
    work.raising = WrongColour()
    job = enqueue(now)

    run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.error_code, work.abandoned) == (
        "failed",
        "wrong_colour",
        ["wrong_colour"],
    )


def test_a_job_that_kills_its_workers_is_buried(work: Work, now: datetime) -> None:
    job = enqueue(now)
    for _ in range(3):
        assert lease_job(job_id=job.id) is not None
        let_lease_run_out(job)

    run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.error_code, work.done) == ("dead", "attempts_used_up", [])


def test_a_cancelled_job_has_no_effect_even_while_it_runs(work: Work, now: datetime) -> None:
    job = enqueue(now)
    running = lease_job(job_id=job.id)
    assert running is not None

    assert cancel_job(job_id=job.id)

    with pytest.raises(LeaseLost), running.completing():
        pass
    assert not cancel_job(job_id=job.id)
    with pytest.raises(JobNotDead):
        redrive_job(job_id=job.id, actor="caseworker:1", at=now)


def test_the_sweep_wakes_lost_and_silent_jobs_and_no_others(work: Work, now: datetime) -> None:
    fresh, lost, silent, later = (enqueue(now) for _ in range(4))
    Job.objects.filter(id=lost.id).update(woken_at=Now() - timedelta(seconds=11))
    assert lease_job(job_id=silent.id)
    let_lease_run_out(silent)
    Job.objects.filter(id=later.id).update(run_after=Now() + timedelta(hours=1))
    before = set(Job.objects.values_list("id", "woken_at"))

    woken = sweep_jobs()

    changed = {job_id for job_id, _ in set(Job.objects.values_list("id", "woken_at")) - before}
    assert (woken, changed) == (2, {lost.id, silent.id})
    assert fresh.id not in changed


def test_the_sweep_wakes_the_urgent_first_and_then_who_waited_longest(
    work: Work, now: datetime
) -> None:
    bulk, normal, earlier, urgent = (enqueue(now) for _ in range(4))
    late = Job.objects.filter(id__in=[bulk.id, normal.id, earlier.id, urgent.id])
    late.update(woken_at=Now() - timedelta(seconds=11), run_after=Now() - timedelta(minutes=1))
    late.filter(id=bulk.id).update(
        priority=Job.Priority.BULK, run_after=Now() - timedelta(hours=1)
    )
    late.filter(id=earlier.id).update(run_after=Now() - timedelta(minutes=2))
    late.filter(id=urgent.id).update(priority=Job.Priority.URGENT)

    ordered = Job.objects.late(patience=timedelta(seconds=10)).values_list("id", flat=True)

    assert list(ordered) == [urgent.id, earlier.id, normal.id, bulk.id]


def test_a_kind_says_how_long_to_wait_after_each_failed_attempt(
    work: Work, now: datetime
) -> None:
    waits = {1: timedelta(hours=1), 2: timedelta(hours=5)}
    known = kind_named("tests.work")
    registry._kinds["tests.work"] = replace(known, wait_after=waits.__getitem__)  # noqa: SLF001  the fixture takes it away
    work.raising = TypesetterAsleep()
    job = enqueue(now)

    run_job(job_id=job.id)
    job.refresh_from_db()
    first = job.run_after - now
    make_due(job)
    run_job(job_id=job.id)
    job.refresh_from_db()
    second = job.run_after - now

    # Up to half of it is added, so that what failed together does not come back together.
    assert timedelta(hours=1) <= first <= timedelta(hours=1.5, minutes=1)
    assert timedelta(hours=5) <= second <= timedelta(hours=7.5, minutes=1)


def test_a_transaction_left_open_by_a_stopped_worker_is_ended(
    work: Work, now: datetime
) -> None:
    job = enqueue(now)
    execution = lease_job(job_id=job.id)
    assert execution is not None

    with execution.completing(), connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("10s",)


def test_a_broker_that_is_down_does_not_undo_the_request(
    work: Work, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    options = current_app.conf.broker_transport_options
    nowhere = producers[Connection("redis://127.0.0.1:1/0", transport_options=options)]
    monkeypatch.setattr(current_app.amqp, "_producer_pool", nowhere)

    job = enqueue(now)

    assert Job.objects.get(id=job.id).state == "queued"
    assert "the broker does not answer" in caplog.text


def test_an_outage_of_our_own_uses_up_no_attempts(work: Work, now: datetime) -> None:
    job = enqueue(now)
    work.raising = PressStopped("no steam")

    for _ in range(10):  # it has three
        make_due(job)
        run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.attempts, job.error_code) == ("queued", 0, "press_stopped")
    assert (job.errors, work.abandoned) == (["no steam"], [])
    work.raising = None
    run_job(job_id=job.id)
    job.refresh_from_db()
    assert job.state == "queued"  # not before it has waited
    make_due(job)
    run_job(job_id=job.id)
    job.refresh_from_db()
    assert (job.state, work.done) == ("done", [THING])


def test_an_outage_does_not_forgive_the_attempts_used_up_before(
    work: Work, now: datetime
) -> None:
    job = enqueue(now)
    for error in (TypesetterAsleep(), PressStopped(), TypesetterAsleep(), TypesetterAsleep()):
        work.raising = error
        make_due(job)
        run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.error_code) == ("dead", "typesetter_asleep")


@pytest.mark.parametrize("value", ["Chan Tai Man", "A1234563", "a@b.example", "", "sig_1"])
def test_every_kind_of_job_takes_identifiers_only(value: str, now: datetime) -> None:
    assert len(kinds()) > 2
    for kind in kinds():
        with pytest.raises(ValueError, match="identifiers only"):
            enqueue_job(kind=kind.name, arguments={"thing": value}, at=now)


def test_a_kind_that_only_another_release_knows_waits_for_it(now: datetime) -> None:
    job = Job.objects.create(
        kind="later.kind", queue="notify", created_at=now, run_after=now, woken_at=now
    )

    run_job(job_id=job.id)

    job.refresh_from_db()
    assert (job.state, job.attempts, job.error_code) == ("queued", 0, "job_kind_unknown")


def test_an_unexpected_error_keeps_its_place_and_not_its_words(
    work: Work, now: datetime
) -> None:
    work.raising = ValueError("A123456(3)")
    job = enqueue(now)

    run_job(job_id=job.id)

    job.refresh_from_db()
    assert job.errors[0].startswith("ValueError at conftest.py:")
    assert "A123456" not in job.errors[0]


def waited(job: Job) -> float:
    """Give the seconds until the job runs again."""
    job.refresh_from_db()
    moments = Job.objects.filter(id=job.id).annotate(wait=F("run_after") - Now())
    return float(moments.values_list("wait", flat=True).get().total_seconds())


def test_what_waits_for_a_switch_looks_less_and_less_often_up_to_a_minute(
    work: Work, now: datetime
) -> None:
    work.raising = PressLocked()
    job = enqueue(now)
    waits = []

    for _ in range(6):
        make_due(job)
        run_job(job_id=job.id)
        waits.append(waited(job))

    for wait, least in zip(waits, (5, 10, 20, 40, 60, 60), strict=True):
        assert least - 1 < wait <= least * 1.5  # a second to look at it
    assert (job.state, job.attempts, job.waits) == ("queued", 0, 6)
    assert wait_for_switch(1_000_000) == timedelta(minutes=1)


def test_an_outage_is_looked_at_every_few_seconds_however_long_it_takes(
    work: Work, now: datetime
) -> None:
    work.raising = PressLocked()
    job = enqueue(now)
    run_job(job_id=job.id)
    work.raising = PressStopped()

    for _ in range(5):
        make_due(job)
        run_job(job_id=job.id)

    assert 4 < waited(job) <= 7.5
    assert job.waits == 0


def test_what_waits_for_a_switch_is_woken_within_seconds_when_it_is_on(
    work: Work, now: datetime
) -> None:
    work.raising = PressLocked()
    job, ended, other = enqueue(now), enqueue(now), enqueue(now)
    for each in (job, ended, other):
        run_job(job_id=each.id)
    Job.objects.update(run_after=Now() + timedelta(minutes=1))
    cancel_job(job_id=ended.id)
    Job.objects.filter(id=other.id).update(error_code="another_switch")

    woken = wake_waiting(error_code="press_locked")

    assert woken == 1
    assert 0 < waited(job) <= 5
    assert job.waits == 0
    assert waited(other) > 50
    work.raising = None
    make_due(job)
    run_job(job_id=job.id)
    assert work.done == [THING]
