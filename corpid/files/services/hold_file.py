"""Count a file towards a quota, once."""

from datetime import datetime

from django.db import transaction

from corpid.files.holder import Holder
from corpid.files.models import Holding, StoredFile
from corpid.files.quota_lock import take_quota
from corpid.files.quota_used_up import quota_used_up
from corpid.files.services.measure_quota import measure_quota


@transaction.atomic
def hold_file(
    *, file: StoredFile, holder: Holder, at: datetime, is_agreed: bool = False
) -> Holding:
    """Let somebody hold a file; what they hold already costs nothing.

    What `is_agreed` counts too, and is never refused: a signature that everybody has given is
    not lost to a quota. Raises QuotaUsedUp, or UnsignedQuotaUsedUp to an e-service.
    """
    take_quota(holder)
    held = Holding.objects.filter(file=file, **holder.columns()).first()
    if held is not None:
        return held
    if not is_agreed and file.size > measure_quota(holder).left:
        raise quota_used_up(holder, file.size)
    return Holding.objects.create(file=file, **holder.columns(), since=at)
