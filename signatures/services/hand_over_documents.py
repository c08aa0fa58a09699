"""What an e-service had signed counts for the company from now on, and no longer for it."""

from datetime import datetime

from django.db import transaction

from corpid.files.holder import Holder
from corpid.files.models import StoredFile
from corpid.files.quota_lock import take_quota
from corpid.files.services.hold_file import hold_file
from corpid.files.services.let_go_files import let_go_files
from signatures.models import Document, SignatureRequest


@transaction.atomic
def hand_over_documents(*, request: SignatureRequest, at: datetime) -> None:
    """Let the company hold the documents, whatever its quota: all have agreed to them.

    Nothing happens to those of a request that the company made itself.
    """
    if request.e_service_id is None:
        return
    giver = Holder(e_service_id=request.e_service_id)
    taker = Holder(company_id=request.company_id)
    for holder in sorted((giver, taker), key=str):  # as everybody who takes both
        take_quota(holder)
    digests = set(request.documents.values_list("original_digest", flat=True))
    for file in StoredFile.objects.filter(pk__in=digests).order_by("pk"):
        hold_file(file=file, holder=taker, at=at, is_agreed=True)
    others = Document.objects.held_by(giver).exclude(request=request)
    let_go_files(
        holder=giver, digests=digests - set(others.values_list("original_digest", flat=True))
    )
