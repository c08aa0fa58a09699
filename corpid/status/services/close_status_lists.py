"""After a restore: give out no index a second time, and let what is not known be invalid.

What was issued after the moment that was restored has an index that the list has not given out
yet, and would be valid there whatever had become of it: nobody could revoke it any more. And
the next licence would get the same index, so that the two would share their status.
"""

import zlib
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Coalesce

from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.keys.store import key_store
from corpid.protocols.status_list import Status, fill_list
from corpid.status.models import StatusList
from corpid.status.permutation import permute
from corpid.status.services.allocate_index import KEY_PURPOSE
from corpid.status.services.set_status import PUBLISH_KIND

_FOUR_INVALID = bytes([0b01010101])


@transaction.atomic
def close_status_lists(*, at: datetime) -> int:
    """Close all that serve a credential still; say how many. They are published at once."""
    still_open = StatusList.objects.filter(closed_at=None, expiry_year__gte=at.year)
    closed = 0
    for status_list in still_open.select_for_update().order_by("id"):
        StatusList.objects.filter(id=status_list.id).update(
            closed_at=at,
            closed_content=zlib.compress(_only_what_was_given_out(status_list)),
            changed_at=Coalesce("changed_at", at),
        )
        enqueue_job(
            kind=PUBLISH_KIND,
            arguments={"list_id": status_list.id},
            at=at,
            unique_key=f"{status_list.id} urgent",
            run_after=at,
        )
        closed += 1
    return closed


def _only_what_was_given_out(status_list: StatusList) -> bytes:
    key = key_store().unwrap(
        KEY_PURPOSE,
        status_list.owner,
        bytes(status_list.wrapped_permutation_key),
        record=status_list.id,
    )
    given = (
        (permute(number, bits=StatusList.SIZE_BITS, key=key), Status.VALID.value)
        for number in range(status_list.taken)
    )
    nothing = _FOUR_INVALID * (StatusList.SIZE * StatusList.STATUS_BITS // 8)
    return fill_list(StatusList.SIZE, given, bits=StatusList.STATUS_BITS, begin_with=nothing)
