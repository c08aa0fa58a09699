"""Find the e-service behind a call; one that was switched off gets nothing more."""

from datetime import datetime
from uuid import UUID

from authentication.models import EService
from corpid.errors import NotAllowed, gettext_noop


class EServiceNotActive(NotAllowed):
    code = "e_service_not_active"
    title = gettext_noop("This e-service is switched off.")
    remedy = gettext_noop("Write to the Corp ID office; the trace id helps them.")


def find_active_e_service(
    *, e_service_id: UUID, at: datetime, power: str | None = None
) -> EService:
    """Raise EServiceNotActive for one that was switched off while its token still runs.

    One that is restricted in the power it calls for is answered the same: why is not its to
    read here.
    """
    active = EService.objects.active().unrestricted(at=at, power=power)
    e_service = active.filter(pk=e_service_id).first()
    if e_service is None:
        raise EServiceNotActive(str(e_service_id))
    return e_service
