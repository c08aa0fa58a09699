"""Change the status of one credential; its list follows within a minute, or at once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Coalesce

from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.protocols.status_list import Status
from corpid.status.models import StatusEntry, StatusList

GATHERING = timedelta(seconds=5)  # changes of this long share one signature
PUBLISH_KIND = "status.publish"


@transaction.atomic
def set_status(
    *, list_id: str, index: int, status: Status, at: datetime, is_urgent: bool = False
) -> None:
    """Write the status and mark its list as changed.

    The mark is set under the lock of the list's row, which the publisher holds while it reads:
    a change is in the version that is being made, or marks the list for the next one. The job
    comes after the list, here as there.
    """
    StatusEntry.objects.bulk_create(
        [StatusEntry(status_list_id=list_id, index=index, status=status, changed_at=at)],
        update_conflicts=True,
        unique_fields=["status_list", "index"],
        update_fields=["status", "changed_at"],
    )
    StatusList.objects.filter(id=list_id).update(changed_at=Coalesce("changed_at", at))
    enqueue_job(
        kind=PUBLISH_KIND,
        arguments={"list_id": list_id},
        at=at,
        unique_key=f"{list_id} urgent" if is_urgent else list_id,
        run_after=at if is_urgent else at + GATHERING,
    )
