"""A task is done, for everybody whom it waited for."""

from datetime import datetime
from uuid import UUID

from corpid.notices.models import Notice


def complete_tasks(
    *, kind: str, subject: str, at: datetime, person_id: UUID | None = None
) -> int:
    """Mark it done, for one person (their part) or for all (complete without them)."""
    waiting = Notice.objects.waiting().filter(kind=kind, subject=subject)
    if person_id is not None:
        waiting = waiting.filter(person_id=person_id)
    return waiting.update(done_at=at)
