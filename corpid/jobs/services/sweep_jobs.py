"""Wake again what is late: lost wake-ups, back-off that has passed, silent workers."""

from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Now

from corpid.jobs.models import Job
from corpid.jobs.services.wake_worker import wake_worker

PATIENCE = timedelta(seconds=10)  # a busy queue is not a lost wake-up
BATCH = 500


def sweep_jobs() -> int:
    """Return how many were woken."""
    due = Q(state=Job.State.QUEUED, run_after__lte=Now()) & (
        Q(woken_at__lt=Now() - PATIENCE) | Q(woken_at__lt=F("run_after"))
    )
    silent = Q(state=Job.State.LEASED, leased_until__lt=Now())
    late = list(
        Job.objects.filter(due | silent)
        .order_by("run_after")
        .values_list("id", "queue")[:BATCH]
    )
    Job.objects.filter(id__in=[job_id for job_id, _ in late]).update(woken_at=Now())
    for job_id, queue in late:
        wake_worker(job_id=job_id, queue=queue)
    return len(late)
