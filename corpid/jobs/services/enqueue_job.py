"""Write a job down in the caller's transaction; wake a worker once that has committed."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.jobs.models import Job
from corpid.jobs.registry import kind_named
from corpid.jobs.services.wake_worker import wake_worker


@transaction.atomic
def enqueue_job(
    *,
    kind: str,
    arguments: Mapping[str, str],
    at: datetime,
    company_id: UUID | None = None,
    unique_key: str | None = None,
    run_after: datetime | None = None,
) -> Job:
    """Return the new job, or the open one that has the same kind and `unique_key`."""
    job = Job(
        kind=kind,
        queue=kind_named(kind).queue,
        arguments=dict(arguments),
        company_id=company_id,
        unique_key=unique_key,
        created_at=at,
        run_after=run_after or at,
        woken_at=at,
    )
    Job.objects.bulk_create([job], ignore_conflicts=unique_key is not None)
    if unique_key is not None:
        job = Job.objects.get(kind=kind, unique_key=unique_key, state__in=Job.OPEN)
    if job.run_after <= at:
        transaction.on_commit(lambda: wake_worker(job_id=job.id, queue=job.queue))
    return job
