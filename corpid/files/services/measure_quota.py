"""Say how much a company or an e-service keeps here, and how much it may."""

from dataclasses import dataclass

from django.conf import settings

from corpid.files.holder import Holder
from corpid.files.models import Holding


@dataclass(frozen=True, slots=True)
class Quota:
    """In bytes."""

    used: int
    most: int

    @property
    def left(self) -> int:
        return max(self.most - self.used, 0)


def measure_quota(holder: Holder) -> Quota:
    most = (
        settings.E_SERVICE_FILES_BYTES if holder.e_service_id else settings.COMPANY_FILES_BYTES
    )
    return Quota(used=Holding.objects.bytes_of(holder), most=most)
