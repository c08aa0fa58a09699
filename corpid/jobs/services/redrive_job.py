"""Give a dead or failed job a new life, by a caseworker's hand."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop
from corpid.jobs.models import Job
from corpid.jobs.registry import kind_named
from corpid.jobs.services.wake_worker import wake_worker


class JobNotDead(Conflict):
    code = "job_not_dead"
    title = gettext_noop("This job has not failed.")
    remedy = gettext_noop("Only a failed or dead job can be started again.")


class JobMovedOn(Conflict):
    code = "job_moved_on"
    title = gettext_noop("What this job was for has ended.")
    remedy = gettext_noop("It can't be started again: whoever needs it asks for it anew.")


@transaction.atomic
def redrive_job(*, job_id: UUID, actor: str, at: datetime) -> None:
    """Queue a job that has ended badly once more. Raises JobNotDead, JobMovedOn.

    A kind that moves its subject on when it is abandoned has to bring it back first.
    """
    job = Job.objects.select_for_update().get(id=job_id)
    if job.state not in {Job.State.DEAD, Job.State.FAILED}:
        raise JobNotDead(job.state)
    kind = kind_named(job.kind)
    if kind.when_redriven is not None:
        if not kind.when_redriven(job.arguments, actor, at):
            raise JobMovedOn(job.kind)
    elif kind.when_abandoned is not None:
        raise JobMovedOn(job.kind)
    Job.objects.filter(id=job_id).update(
        state=Job.State.QUEUED, attempts=0, ended_at=None, run_after=at, woken_at=at
    )
    record_event(
        kind="jobs.redriven",
        at=at,
        actor=actor,
        subject=f"job:{job_id}",
        company_id=job.company_id,
        facts={"kind": job.kind, "error_code": job.error_code},
    )
    transaction.on_commit(
        lambda: wake_worker(job_id=job_id, queue=job.queue, priority=job.priority)
    )
