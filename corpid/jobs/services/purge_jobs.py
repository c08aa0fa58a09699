"""Forget jobs that ended long ago; the dead stay until a caseworker has dealt with them."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from corpid.jobs.models import Job

KEPT = timedelta(days=30)
BATCH = 5000


def purge_jobs(*, at: datetime) -> int:
    """Forget up to BATCH; return how many went."""
    oldest = purgeable_jobs(at=at).order_by("ended_at").values("id")[:BATCH]
    gone, _ = Job.objects.filter(id__in=oldest).delete()
    return gone


def purgeable_jobs(*, at: datetime) -> QuerySet[Job]:
    return Job.objects.filter(
        state__in=[Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED],
        ended_at__lt=at - KEPT,
    )
