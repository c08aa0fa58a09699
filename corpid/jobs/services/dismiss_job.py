"""A caseworker stops work that is not to be done any more: waiting, running or dead."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop
from corpid.jobs.models import Job
from corpid.jobs.registry import KindUnknown, kind_named

STOPPED = "stopped_by_caseworker"


class JobHasEnded(Conflict):
    code = "job_has_ended"
    title = gettext_noop("This job has ended.")
    remedy = gettext_noop("There is nothing left to stop.")


@transaction.atomic
def dismiss_job(*, job_id: UUID, actor: str, at: datetime) -> None:
    """Raise JobHasEnded. A worker that runs it loses its lease, and changes nothing.

    What the job was for is told so, as when a job fails: nobody waits for it for ever.
    """
    job = Job.objects.select_for_update().get(id=job_id)
    if job.state not in {*Job.OPEN, Job.State.DEAD}:
        raise JobHasEnded(job.state)
    Job.objects.filter(id=job_id).update(
        state=Job.State.CANCELLED,
        fence=F("fence") + 1,
        leased_until=None,
        ended_at=at,
        error_code=STOPPED,
    )
    if job.state != Job.State.DEAD:  # the dead were abandoned when they died
        _abandon(job)
    record_event(
        kind="jobs.stopped",
        at=at,
        actor=actor,
        subject=f"job:{job_id}",
        company_id=job.company_id,
        facts={"kind": job.kind, "was": job.state},
    )


def _abandon(job: Job) -> None:
    try:
        abandon = kind_named(job.kind).when_abandoned
    except KindUnknown:  # of a release that has gone: nothing of it is left to be told
        return
    if abandon is not None:
        abandon(job.arguments, STOPPED)
