"""Take back work that has not ended; a worker that holds it loses its lease."""

from uuid import UUID

from django.db.models import F
from django.db.models.functions import Now

from corpid.jobs.models import Job


def cancel_job(*, job_id: UUID) -> bool:
    """Return False if it had ended before."""
    cancelled = Job.objects.filter(id=job_id, state__in=Job.OPEN).update(
        state=Job.State.CANCELLED, fence=F("fence") + 1, leased_until=None, ended_at=Now()
    )
    return bool(cancelled)
