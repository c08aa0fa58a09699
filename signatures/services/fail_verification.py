"""A verification that could not be done is over; the file may be sent again."""

from datetime import datetime

from signatures.models import Verification


def fail_verification(*, verification: Verification, at: datetime) -> None:
    Verification.objects.filter(pk=verification.pk, state=Verification.State.QUEUED).update(
        state=Verification.State.FAILED, done_at=at
    )
