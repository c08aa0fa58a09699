"""Store an upload, unless it is too large."""

from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from corpid.files.models import StoredFile
from corpid.files.services.store_file import FileTooLarge, store_file
from signatures.services.receive_upload import PdfTooLarge


def store_upload(
    *,
    content: BinaryIO | bytes,
    at: datetime,
    keep_until: datetime | None = None,
    company_id: UUID | None = None,
) -> StoredFile:
    """Store a PDF of at most settings.MAX_PDF_BYTES. Raises PdfTooLarge and QuotaUsedUp."""
    try:
        return store_file(
            content=content,
            media_type="application/pdf",
            at=at,
            keep_until=keep_until,
            company_id=company_id,
        )
    except FileTooLarge as error:
        raise PdfTooLarge(f"more than {settings.MAX_PDF_BYTES} bytes") from error
