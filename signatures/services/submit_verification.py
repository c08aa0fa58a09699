"""Take a file in to be verified, from anybody; the upload is gone after an hour."""

from datetime import datetime, timedelta
from typing import BinaryIO

from django.db import transaction

from corpid.jobs.services.enqueue_job import enqueue_job
from signatures.models import Verification
from signatures.services.limit_verifications import limit_verifications
from signatures.services.store_upload import store_upload

UPLOAD_KEPT = timedelta(hours=1)
VERDICT_KEPT = timedelta(days=90)


@transaction.atomic
def submit_verification(
    *, content: BinaryIO | bytes, file_name: str, address: str, at: datetime
) -> Verification:
    """Store the file and ask a worker; `address` is the visitor's, never our proxy's.

    Raises TooManyVerifications and PdfTooLarge; the verdict says all else.
    """
    limit_verifications(address=address, at=at)
    stored = store_upload(content=content, at=at, keep_until=at + UPLOAD_KEPT)
    verification = Verification.objects.create(
        digest=stored.digest_hex,
        file_name=file_name[:200],
        created_at=at,
        upload_until=at + UPLOAD_KEPT,
        keep_until=at + VERDICT_KEPT,
    )
    enqueue_job(
        kind="signatures.verify", arguments={"verification": verification.reference}, at=at
    )
    return verification
