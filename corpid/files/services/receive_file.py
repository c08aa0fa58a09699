"""Take bytes in and keep them, with nothing locked: `count_files` makes them somebody's."""

import hashlib
import io
import shutil
from datetime import datetime
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from corpid.errors import TooLarge, gettext_noop
from corpid.files.configured_storage import configured_storage
from corpid.files.digest_lock import hold_digest
from corpid.files.holder import Holder
from corpid.files.models import Arrival
from corpid.files.services.check_room import check_room
from corpid.files.storage import CHUNK, Arriving, StorageFull, full_disk_named


class FileTooLarge(TooLarge):
    code = "file_too_large"
    title = gettext_noop("The file is larger than we take.")
    remedy = gettext_noop("Send a smaller file; the limit stands beside the upload.")


def receive_file(
    *,
    content: BinaryIO | bytes,
    media_type: str,
    at: datetime,
    max_bytes: int | None = None,
    holder: Holder | None = None,
) -> Arrival:
    """Keep the bytes until they are counted or, if nobody comes to do that, are swept away.

    A store may be slow: call it with no transaction open. 1. The bytes are counted and hashed.
    2. A holder without room for them is refused; what is exact is said by `count_files`.
    3. Their arrival is written down, and from then on nobody removes them. 4. They are stored.

    `max_bytes` is settings.MAX_PDF_BYTES unless the caller sets another. Raises FileTooLarge,
    QuotaUsedUp, StorageAway, and StorageFull when the disk is below
    settings.FILES_RESERVE_BYTES or fills meanwhile.
    """
    storage = configured_storage()
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    limit = settings.MAX_PDF_BYTES if max_bytes is None else max_bytes
    with full_disk_named(), storage.arriving() as arriving:
        _demand_room(limit)
        digest_hex, size = _take(stream, arriving, limit)  # 1
        if holder is not None:
            check_room(holder=holder, digest_hex=digest_hex, size=size)  # 2
        arrival = Arrival(
            digest_hex=digest_hex,
            size=size,
            media_type=media_type,
            **(holder.columns() if holder else {}),
            since=at,
        )
        _write_down(arrival)  # 3
        storage.keep(arriving, digest_hex=digest_hex, size=size)  # 4
    return arrival


def _demand_room(limit: int) -> None:
    if shutil.disk_usage(settings.FILES_DIR).free < settings.FILES_RESERVE_BYTES + limit:
        raise StorageFull


def _take(content: BinaryIO, arriving: Arriving, limit: int) -> tuple[str, int]:
    hashed = hashlib.sha256()
    size = 0
    while chunk := content.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise FileTooLarge(f"more than {limit} bytes")
        hashed.update(chunk)
        arriving.file.write(chunk)
    return hashed.hexdigest(), size


@transaction.atomic
def _write_down(arrival: Arrival) -> None:
    """Wait for whoever removes these bytes now: they are looked for after that."""
    hold_digest(arrival.digest_hex)
    arrival.save(force_insert=True)
