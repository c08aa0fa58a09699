"""Have every list signed again at half of its time to live, and what was forgotten at once."""

from datetime import datetime

from django.db.models import Max, Q

from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.status.models import StatusList
from corpid.status.services.publish_status_list import TTL
from corpid.status.services.set_status import GATHERING, PUBLISH_KIND


def refresh_status_lists(*, at: datetime) -> int:
    """Ask for publication of what is due; returns for how many lists.

    Lists of a year that is over serve no credential any more.
    """
    due = (
        StatusList.objects.filter(expiry_year__gte=at.year)
        .annotate(published_at=Max("versions__issued_at"))
        .filter(
            Q(published_at=None)
            | Q(published_at__lte=at - TTL / 2)
            | Q(changed_at__lte=at - 2 * GATHERING)
        )
    )
    list_ids = list(due.values_list("id", flat=True))
    for list_id in list_ids:
        enqueue_job(
            kind=PUBLISH_KIND, arguments={"list_id": list_id}, at=at, unique_key=list_id
        )
    return len(list_ids)
