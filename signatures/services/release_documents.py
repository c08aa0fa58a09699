"""Documents that nobody signed are kept for a while after their request ended, then let go."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.files.holder import Holder
from corpid.files.quota_lock import take_quota
from corpid.files.services.let_go_files import let_go_files
from signatures.models import Document, SignatureRequest


def release_documents(*, at: datetime, at_most: int = 200) -> int:
    """Let go of up to `at_most` requests' documents, each in its own transaction; say how many.

    The bytes go with the sweep of orphans unless somebody else has them here.
    """
    due = SignatureRequest.objects.to_be_released(at=at).values_list("pk", flat=True)
    return sum(_release(pk, at) for pk in due[:at_most])


@transaction.atomic
def _release(pk: UUID, at: datetime) -> bool:
    request = (
        SignatureRequest.objects.to_be_released(at=at)
        .select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk)
        .first()
    )
    if request is None:
        return False
    holder = request.holder()
    take_quota(holder)  # who counts the same file for this holder comes before or after
    digests = set(request.documents.values_list("original_digest", flat=True))
    request.documents.update(released_at=at)
    let_go_files(holder=holder, digests=digests - _named_by_others(holder))
    return True


def _named_by_others(holder: Holder) -> set[str]:
    rows = Document.objects.held_by(holder).values_list("original_digest", "signed_digest")
    return {digest for row in rows for digest in row}
