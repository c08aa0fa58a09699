"""Remove the files whose time has come."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from corpid.files.local_storage import LocalStorage
from corpid.files.models import StoredFile


def purge_files(*, at: datetime, at_most: int = 500) -> int:
    """Remove up to `at_most` files that nobody keeps any longer; say how many went."""
    storage = LocalStorage(settings.FILES_DIR)
    with transaction.atomic():
        gone = list(
            StoredFile.objects.no_longer_kept(at=at)
            .select_for_update(skip_locked=True)
            .order_by("keep_until")[:at_most]
        )
        for kept in gone:
            storage.remove(kept.digest_hex)
        StoredFile.objects.filter(pk__in=[kept.pk for kept in gone]).delete()
    return len(gone)
