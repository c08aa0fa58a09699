"""Ask for the re-wrap of all scope keys under the present key-encryption key."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.jobs.models import Job
from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.keys.services.count_scope_keys import count_scope_keys

KIND = "operations.rewrap_keys"


@transaction.atomic
def begin_rewrap(*, at: datetime, actor: str) -> Job:
    """Return the job, or the one that is at it already."""
    job = enqueue_job(kind=KIND, arguments={}, at=at, unique_key="all")
    if job.created_at == at:
        record_event(
            kind="operations.rewrap.begun",
            at=at,
            actor=actor,
            subject=f"job:{job.id}",
            facts={"scope_keys": count_scope_keys().earlier},
        )
    return job
