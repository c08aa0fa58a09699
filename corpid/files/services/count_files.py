"""Make bytes that arrived somebody's: one short step, as near to the commit as possible."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest

from corpid.errors import NotAvailable, gettext_noop
from corpid.files.digest_lock import hold_digest
from corpid.files.holder import Holder
from corpid.files.models import Arrival, StoredFile
from corpid.files.quota_lock import take_quota
from corpid.files.services.hold_file import hold_file


class ArrivedTooLongAgo(NotAvailable):
    code = "file_arrived_too_long_ago"
    title = gettext_noop("It took us so long to take the document in that it was cleared away.")
    remedy = gettext_noop("Send it again. Nothing was kept of this attempt.")


@transaction.atomic
def count_files(
    *,
    arrivals: Sequence[Arrival],
    at: datetime,
    keep_until: datetime | None = None,
    holder: Holder | None = None,
    is_agreed: bool = False,
) -> None:
    """Keep what arrived until `keep_until` (none: for good); the longest wish of all counts.

    With a `holder` they count towards its quota (`hold_file` says what is agreed). All
    files of one transaction are counted in one call: locks are taken in the same order by
    everybody (the quota, then each digest and its row in the order of the digests), so that no
    two who count the same files ever wait for each other. Raises QuotaUsedUp, and
    ArrivedTooLongAgo when the bytes were swept away before anybody came to count them.
    """
    if holder is not None:
        take_quota(holder)
    for arrival in sorted(arrivals, key=lambda each: each.digest_hex):
        hold_digest(arrival.digest_hex)
        counted, _ = Arrival.objects.filter(pk=arrival.pk).delete()
        if not counted:
            raise ArrivedTooLongAgo(arrival.digest_hex)
        stored = _recorded(arrival, keep_until, at)
        if holder is not None:
            hold_file(file=stored, holder=holder, at=at, is_agreed=is_agreed)


def _recorded(arrival: Arrival, keep_until: datetime | None, at: datetime) -> StoredFile:
    kept, _ = StoredFile.objects.get_or_create(
        digest_hex=arrival.digest_hex,
        defaults={
            "size": arrival.size,
            "media_type": arrival.media_type,
            "stored_at": at,
            "wanted_at": at,
            "keep_until": keep_until,
        },
    )
    wish = (
        None
        if keep_until is None
        else Case(
            When(keep_until=None, then=Value(None)),
            default=Greatest(F("keep_until"), Value(keep_until)),
        )
    )
    StoredFile.objects.filter(pk=kept.pk).update(
        keep_until=wish, wanted_at=Greatest(F("wanted_at"), Value(at))
    )
    return kept
