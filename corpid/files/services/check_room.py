"""Refuse a file that there is no room for, before it is sent anywhere."""

from django.db.models import Max, Sum

from corpid.files.holder import Holder
from corpid.files.models import Arrival, Holding
from corpid.files.quota_used_up import quota_used_up
from corpid.files.services.measure_quota import measure_quota


def check_room(*, holder: Holder, digest_hex: str, size: int) -> None:
    """Look without a lock: of several at once all may pass here, and `hold_file` is exact.

    What was sent and is not counted yet takes up room too, until it is counted, given up or
    swept away: the documents sent before this one with the same request, and what counts for
    nobody, with which our store could be filled. Raises QuotaUsedUp.
    """
    # Asked first: what is counted while we add up is then missing, never added twice.
    left = measure_quota(holder).left
    arrivals = Arrival.objects.without_row().filter(**holder.columns())
    each_once = (
        arrivals.exclude(digest_hex=digest_hex)
        .values("digest_hex")
        .annotate(bytes=Max("size"))
        .aggregate(all=Sum("bytes"))
    )
    if size <= left - (each_once["all"] or 0):
        return
    # Asked last: the same content may have been counted while we added up.
    if not Holding.objects.filter(**holder.columns(), file_id=digest_hex).exists():
        raise quota_used_up(holder, size)
