"""Write a job down in the caller's transaction; wake a worker once that has committed."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.identifiers import is_identifier
from corpid.jobs.models import Job
from corpid.jobs.registry import kind_named
from corpid.jobs.services.wake_worker import wake_worker
from corpid.tracing import current_trace_id


@transaction.atomic
def enqueue_job(
    *,
    kind: str,
    arguments: Mapping[str, str],
    at: datetime,
    company_id: UUID | None = None,
    unique_key: str | None = None,
    run_after: datetime | None = None,
    priority: Job.Priority | None = None,
) -> Job:
    """Return the new job, or the open one that has the same kind and `unique_key`.

    `arguments` are identifiers alone (ValueError): the worker reads what they name, as it is
    by then. The kind's priority holds unless the caller names another.
    """
    if not all(is_identifier(value) for value in arguments.values()):
        raise ValueError(f"a job of {kind} takes identifiers only, not what they stand for")
    known = kind_named(kind)
    job = Job(
        kind=kind,
        queue=known.queue,
        priority=known.priority if priority is None else priority,
        arguments=dict(arguments),
        company_id=company_id,
        unique_key=unique_key,
        created_at=at,
        run_after=run_after or at,
        woken_at=at,
        trace_id=current_trace_id() or "",
    )
    if unique_key is None:
        job.save(force_insert=True)
    else:
        job = _join_or_insert(job)
    if job.run_after <= at:
        transaction.on_commit(
            lambda: wake_worker(job_id=job.id, queue=job.queue, priority=job.priority)
        )
    return job


def _join_or_insert(job: Job) -> Job:
    """Take the open job of that name; it may end between our two looks, so look again."""
    while True:
        Job.objects.bulk_create([job], ignore_conflicts=True)
        found = Job.objects.filter(
            kind=job.kind, unique_key=job.unique_key, state__in=Job.OPEN
        ).first()
        if found is not None:
            return found
