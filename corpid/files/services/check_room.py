"""Refuse a file that there is no room for, before it is sent anywhere."""

from datetime import datetime

from django.db.models import Max, Sum

from corpid.files.holder import Holder
from corpid.files.models import Arrival, Holding
from corpid.files.quota_used_up import quota_used_up
from corpid.files.services.measure_quota import measure_quota


def check_room(*, holder: Holder, digest_hex: str, size: int, at: datetime) -> None:
    """Look without a lock: of several at once all may pass here, and `hold_file` is exact.

    What was sent and then given up takes up room until it is swept away, so that nobody fills
    our store with what counts for nobody. Raises QuotaUsedUp.
    """
    given_up = Arrival.objects.left_behind(at=at).without_row().filter(**holder.columns())
    each_once = (
        given_up.exclude(digest_hex=digest_hex)
        .values("digest_hex")
        .annotate(bytes=Max("size"))
        .aggregate(all=Sum("bytes"))
    )
    if size <= measure_quota(holder).left - (each_once["all"] or 0):
        return
    # Asked last: the same content may have been counted while we added up.
    if not Holding.objects.filter(**holder.columns(), file_id=digest_hex).exists():
        raise quota_used_up(holder, size)
