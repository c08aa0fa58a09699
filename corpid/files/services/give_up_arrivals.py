"""What arrived for a request that was refused need not wait for the sweep."""

from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction

from corpid.files.configured_storage import configured_storage
from corpid.files.digest_lock import take_digest
from corpid.files.models import Arrival, StoredFile
from corpid.files.storage import StorageAway


def give_up_arrivals(arrivals: Iterable[Arrival]) -> None:
    """Remove the bytes, unless they are somebody else's too.

    Whose digest somebody holds in this moment stays, and what a store that is away has; both
    are swept away if nobody counts them.
    """
    for arrival in arrivals:
        with suppress(StorageAway):
            _give_up(arrival)


@transaction.atomic
def _give_up(arrival: Arrival) -> None:
    if not take_digest(arrival.digest_hex):
        return
    Arrival.objects.filter(pk=arrival.pk).delete()
    same = {"digest_hex": arrival.digest_hex}
    if Arrival.objects.filter(**same).exists() or StoredFile.objects.filter(**same).exists():
        return
    configured_storage().remove(arrival.digest_hex)
