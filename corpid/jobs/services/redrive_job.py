"""Give a dead or failed job a new life, by a caseworker's hand."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.errors import Conflict, gettext_noop
from corpid.jobs.models import Job
from corpid.jobs.services.wake_worker import wake_worker


class JobNotDead(Conflict):
    code = "job_not_dead"
    title = gettext_noop("This job has not failed.")
    remedy = gettext_noop("Only a failed or dead job can be started again.")


@transaction.atomic
def redrive_job(*, job_id: UUID, at: datetime) -> None:
    revived = Job.objects.filter(
        id=job_id, state__in=[Job.State.DEAD, Job.State.FAILED]
    ).update(state=Job.State.QUEUED, attempts=0, ended_at=None, run_after=at, woken_at=at)
    if not revived:
        raise JobNotDead
    queue = Job.objects.values_list("queue", flat=True).get(id=job_id)
    transaction.on_commit(lambda: wake_worker(job_id=job_id, queue=queue))
