"""Remove the files whose time has come."""

from datetime import datetime

from django.db import transaction

from corpid.files.configured_storage import configured_storage
from corpid.files.digest_lock import take_digest
from corpid.files.models import Arrival, StoredFile


def purge_files(*, at: datetime, at_most: int = 500) -> int:
    """Remove up to `at_most` files that nobody keeps any longer; say how many went."""
    due = StoredFile.objects.no_longer_kept(at=at).order_by("keep_until")
    digests = list(due.values_list("digest_hex", flat=True)[:at_most])
    return sum(_purge(digest_hex, at) for digest_hex in digests)


@transaction.atomic
def _purge(digest_hex: str, at: datetime) -> bool:
    """Remove one, unless somebody is storing it again, or has since we looked.

    The bytes go before the row is gone for others: who waits to store them again finds neither.
    """
    if not take_digest(digest_hex):
        return False
    arrivals = Arrival.objects.filter(digest_hex=digest_hex)
    if arrivals.young(at=at).exists():
        return False
    gone, _ = StoredFile.objects.no_longer_kept(at=at).filter(pk=digest_hex).delete()
    if gone:
        arrivals.delete()
        configured_storage().remove(digest_hex)
    return bool(gone)
