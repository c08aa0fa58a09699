"""Forget jobs that ended long ago; the dead stay until a caseworker has dealt with them."""

from datetime import datetime, timedelta

from corpid.jobs.models import Job

KEPT = timedelta(days=30)
BATCH = 5000


def purge_jobs(*, at: datetime) -> int:
    """Forget up to BATCH; return how many went."""
    oldest = Job.objects.dealt_with(before=at - KEPT).order_by("ended_at").values("id")[:BATCH]
    gone, _ = Job.objects.filter(id__in=oldest).delete()
    return gone
