"""Say how much a company keeps here, and how much it may."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from corpid.files.models import Holding


@dataclass(frozen=True, slots=True)
class Quota:
    """In bytes."""

    used: int
    most: int

    @property
    def left(self) -> int:
        return max(self.most - self.used, 0)


def measure_quota(company_id: UUID) -> Quota:
    return Quota(used=Holding.objects.bytes_of(company_id), most=settings.COMPANY_FILES_BYTES)
