"""Let one worker in: take the lease of a job that is due, or whose worker has gone silent."""

from datetime import timedelta
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from corpid.jobs.models import Job
from corpid.jobs.registry import Execution

LEASE = timedelta(seconds=10)


def lease_job(*, job_id: UUID) -> Execution | None:
    """Return None if it is not this worker's turn: taken, ended or not due."""
    due = Q(state=Job.State.QUEUED, run_after__lte=Now())
    silent = Q(state=Job.State.LEASED, leased_until__lt=Now())
    taken = Job.objects.filter(due | silent, id=job_id).update(
        state=Job.State.LEASED,
        fence=F("fence") + 1,
        attempts=F("attempts") + 1,
        leased_until=Now() + LEASE,
        started_at=Coalesce(F("started_at"), Now()),
    )
    if not taken:
        return None
    job = Job.objects.get(id=job_id)
    return Execution(job_id=job.id, fence=job.fence, arguments=job.arguments)
