"""Take bytes in: they are on the disk before the caller's transaction can refer to them."""

import errno
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest

from corpid.errors import NoRoom, TooLarge, gettext_noop
from corpid.files.local_storage import LocalStorage
from corpid.files.models import StoredFile


class FileTooLarge(TooLarge):
    code = "file_too_large"
    title = gettext_noop("The file is larger than we take.")
    remedy = gettext_noop("Send a smaller file; the limit stands beside the upload.")


class StorageFull(NoRoom):
    code = "storage_full"
    title = gettext_noop("We can't take files at the moment.")
    remedy = gettext_noop("Try again in a few minutes. Nothing was kept of this attempt.")


def store_file(
    *,
    content: BinaryIO | bytes,
    media_type: str,
    at: datetime,
    keep_until: datetime | None = None,
    max_bytes: int | None = None,
) -> StoredFile:
    """Keep the bytes until `keep_until` (none: for good); the longest wish of all counts.

    `max_bytes` is settings.MAX_PDF_BYTES unless the caller sets another. Raises FileTooLarge,
    and StorageFull when the disk is below settings.FILES_RESERVE_BYTES or fills meanwhile.
    """
    storage = LocalStorage(settings.FILES_DIR)
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    limit = settings.MAX_PDF_BYTES if max_bytes is None else max_bytes
    with (
        _full_disk_named(),
        _room_for(limit, storage).written_aside(stream, max_bytes=limit) as written,
        transaction.atomic(),
    ):
        if written is None:
            raise FileTooLarge(f"more than {limit} bytes")
        kept, _ = StoredFile.objects.get_or_create(
            digest_hex=written.digest_hex,
            defaults={
                "size": written.size,
                "media_type": media_type,
                "stored_at": at,
                "keep_until": keep_until,
            },
        )
        # The row's lock keeps a purge of the same bytes away until we are done with them.
        StoredFile.objects.filter(pk=kept.pk).update(
            keep_until=None
            if keep_until is None
            else Case(
                When(keep_until=None, then=Value(None)),
                default=Greatest(F("keep_until"), Value(keep_until)),
            )
        )
        storage.give_name(written)
        kept.refresh_from_db()
    return kept


def _room_for(limit: int, storage: LocalStorage) -> LocalStorage:
    storage.root.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(storage.root).free < settings.FILES_RESERVE_BYTES + limit:
        raise StorageFull
    return storage


@contextmanager
def _full_disk_named() -> Iterator[None]:
    """Others write to the disk too, so it may fill between the look and the last byte."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise StorageFull(str(error.strerror)) from error
