"""Write a verdict down, once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from corpid.audit.services.record_event import record_event
from signatures.models import Verification


@transaction.atomic
def record_verdict(
    *, verification: Verification, verdict: Mapping[str, Any], at: datetime
) -> None:
    recorded = Verification.objects.filter(
        pk=verification.pk, state=Verification.State.QUEUED
    ).update(state=Verification.State.DONE, verdict=dict(verdict), done_at=at)
    if recorded:
        record_event(
            kind="signatures.verified",
            at=at,
            actor="system",
            subject=f"verification:{verification.reference}",
            facts={
                "digest": verification.digest,
                "level": verdict["level"],
                "reason": verdict["reason"],
            },
        )
