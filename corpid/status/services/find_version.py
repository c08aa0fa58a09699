"""Find the version of a list that answers for a moment."""

from datetime import datetime

from corpid.errors import NotFound, gettext_noop
from corpid.status.models import StatusListVersion


class NoSuchStatusList(NotFound):
    code = "status_list_not_found"
    title = gettext_noop("There is no such status list, or none for that time.")
    remedy = gettext_noop("Use the address that the credential names.")


def find_version(*, list_id: str, at: datetime) -> StatusListVersion:
    """Raise NoSuchStatusList if nothing was in force then."""
    version = (
        StatusListVersion.objects.filter(
            status_list_id=list_id, issued_at__lte=at, expires_at__gt=at
        )
        .order_by("-issued_at")
        .first()
    )
    if version is None:
        raise NoSuchStatusList(list_id)
    return version
