"""Whether an e-service may be told what happens."""

from datetime import datetime
from uuid import UUID

from authentication.models import EService


def may_be_told(*, e_service_id: UUID, at: datetime) -> bool:
    """Say no to one that is suspended, retired or restricted."""
    return EService.objects.active().unrestricted(at=at).filter(pk=e_service_id).exists()
