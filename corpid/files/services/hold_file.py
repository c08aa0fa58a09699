"""Count a file towards a company's quota, once."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.errors import Conflict, gettext_noop
from corpid.files.models import Holding, StoredFile
from corpid.files.quota_lock import take_quota
from corpid.files.services.measure_quota import measure_quota


class QuotaUsedUp(Conflict):
    code = "file_quota_used_up"
    title = gettext_noop("The company has no room left for this document.")
    remedy = gettext_noop("Send a smaller document, or ask our help desk for more room.")


@transaction.atomic
def hold_file(
    *, file: StoredFile, company_id: UUID, at: datetime, is_agreed: bool = False
) -> Holding:
    """Let a company hold a file; what it holds already costs nothing.

    What `is_agreed` counts too, and is never refused: a signature that everybody has given is
    not lost to a quota. Raises QuotaUsedUp.
    """
    take_quota(company_id)
    held = Holding.objects.filter(file=file, company_id=company_id).first()
    if held is not None:
        return held
    if not is_agreed and file.size > measure_quota(company_id).left:
        raise QuotaUsedUp(f"{file.size} bytes")
    return Holding.objects.create(file=file, company_id=company_id, since=at)
