"""A quota is used up: a company's, or that of an e-service for what nobody has signed yet."""

from corpid.errors import Conflict, gettext_noop
from corpid.files.holder import Holder


class QuotaUsedUp(Conflict):
    code = "file_quota_used_up"
    title = gettext_noop("The company has no room left for this document.")
    remedy = gettext_noop("Send a smaller document, or ask our help desk for more room.")


class UnsignedQuotaUsedUp(QuotaUsedUp):
    code = "unsigned_quota_used_up"
    title = gettext_noop("Documents that nobody has signed yet take up all your room.")
    remedy = gettext_noop(
        "Withdraw requests that are not needed, or wait until some are signed."
    )


def quota_used_up(holder: Holder, size: int) -> QuotaUsedUp:
    """Name the quota that is used up to whom it belongs."""
    kind = UnsignedQuotaUsedUp if holder.e_service_id else QuotaUsedUp
    return kind(f"{size} bytes")
