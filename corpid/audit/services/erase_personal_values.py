"""Erase the personal values of an event; its hash, and every proof, stay as they are."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.audit.models import PersonalValue
from corpid.audit.services.record_event import record_event


@transaction.atomic
def erase_personal_values(*, event_id: UUID, actor: str, reason: str, at: datetime) -> int:
    """Return how many there were. The erasure is an event itself, without the values."""
    erased, _ = PersonalValue.objects.filter(event_id=event_id).delete()
    if erased:
        record_event(
            kind="audit.personal_values.erased",
            at=at,
            actor=actor,
            subject=f"event:{event_id}",
            facts={"values": erased, "reason": reason},
        )
    return erased
