"""Take a file in to be verified, from anybody; the upload is gone after an hour."""

from datetime import datetime, timedelta
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from corpid.files.models import Arrival
from corpid.files.services.count_files import count_files
from corpid.files.services.receive_file import FileTooLarge, receive_file
from corpid.jobs.services.enqueue_job import enqueue_job
from signatures.models import Verification
from signatures.services.limit_verifications import limit_verifications
from signatures.services.receive_upload import PdfTooLarge

UPLOAD_KEPT = timedelta(hours=1)
VERDICT_KEPT = timedelta(days=90)


def submit_verification(
    *, content: BinaryIO | bytes, file_name: str, address: str, at: datetime
) -> Verification:
    """Store the file and ask a worker; `address` is the visitor's, never our proxy's.

    Raises TooManyVerifications and PdfTooLarge; the verdict says all else.
    """
    limit_verifications(address=address, at=at)
    try:
        arrival = receive_file(content=content, media_type="application/pdf", at=at)
    except FileTooLarge as error:
        raise PdfTooLarge(f"more than {settings.MAX_PDF_BYTES} bytes") from error
    return _ask(arrival, file_name, at)


@transaction.atomic
def _ask(arrival: Arrival, file_name: str, at: datetime) -> Verification:
    verification = Verification.objects.create(
        digest=arrival.digest_hex,
        file_name=file_name[:200],
        created_at=at,
        upload_until=at + UPLOAD_KEPT,
        keep_until=at + VERDICT_KEPT,
    )
    enqueue_job(
        kind="signatures.verify", arguments={"verification": verification.reference}, at=at
    )
    count_files(arrivals=[arrival], at=at, keep_until=at + UPLOAD_KEPT)
    return verification
