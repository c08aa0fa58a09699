"""Take bytes in: they are kept before the caller's transaction can refer to them."""

import hashlib
import io
import shutil
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest

from corpid.errors import TooLarge, gettext_noop
from corpid.files.configured_storage import configured_storage
from corpid.files.digest_lock import hold_digest
from corpid.files.models import StoredFile
from corpid.files.services.hold_file import hold_file
from corpid.files.storage import CHUNK, Arriving, StorageFull, full_disk_named


class FileTooLarge(TooLarge):
    code = "file_too_large"
    title = gettext_noop("The file is larger than we take.")
    remedy = gettext_noop("Send a smaller file; the limit stands beside the upload.")


def store_file(
    *,
    content: BinaryIO | bytes,
    media_type: str,
    at: datetime,
    keep_until: datetime | None = None,
    max_bytes: int | None = None,
    company_id: UUID | None = None,
    is_agreed: bool = False,
) -> StoredFile:
    """Keep the bytes until `keep_until` (none: for good); the longest wish of all counts.

    With a `company_id` they count towards its quota (`hold_file` says what is agreed).
    `max_bytes` is settings.MAX_PDF_BYTES unless the caller sets another. Raises FileTooLarge,
    QuotaUsedUp, StorageAway, and StorageFull when the disk is below
    settings.FILES_RESERVE_BYTES or fills meanwhile.
    """
    storage = configured_storage()
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    limit = settings.MAX_PDF_BYTES if max_bytes is None else max_bytes
    with full_disk_named(), storage.arriving() as arriving:
        _demand_room(limit)
        digest_hex, size = _take(stream, arriving, limit)
        with transaction.atomic():
            hold_digest(digest_hex)
            stored = _recorded(
                StoredFile(
                    digest_hex=digest_hex,
                    size=size,
                    media_type=media_type,
                    stored_at=at,
                    keep_until=keep_until,
                )
            )
            if company_id is not None:
                hold_file(file=stored, company_id=company_id, at=at, is_agreed=is_agreed)
            storage.keep(arriving, digest_hex=digest_hex, size=size)
    return stored


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


def _recorded(new: StoredFile) -> StoredFile:
    kept, _ = StoredFile.objects.get_or_create(
        digest_hex=new.digest_hex,
        defaults={
            "size": new.size,
            "media_type": new.media_type,
            "stored_at": new.stored_at,
            "wanted_at": new.stored_at,
            "keep_until": new.keep_until,
        },
    )
    wish = (
        None
        if new.keep_until is None
        else Case(
            When(keep_until=None, then=Value(None)),
            default=Greatest(F("keep_until"), Value(new.keep_until)),
        )
    )
    StoredFile.objects.filter(pk=kept.pk).update(
        keep_until=wish, wanted_at=Greatest(F("wanted_at"), Value(new.stored_at))
    )
    kept.refresh_from_db()
    return kept
