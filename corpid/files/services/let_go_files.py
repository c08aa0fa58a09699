"""Files no longer count towards somebody's quota; whether anybody needs them is not asked."""

from collections.abc import Collection

from django.db import transaction

from corpid.files.holder import Holder
from corpid.files.models import Holding
from corpid.files.quota_lock import take_quota


@transaction.atomic
def let_go_files(*, holder: Holder, digests: Collection[str]) -> None:
    """Forget the holdings; what nothing refers to any longer is swept away later."""
    take_quota(holder)
    Holding.objects.filter(**holder.columns(), file_id__in=digests).delete()
