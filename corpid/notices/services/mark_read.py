"""Remember that a person has seen their notices."""

from datetime import datetime
from uuid import UUID

from corpid.notices.models import Notice


def mark_read(*, person_id: UUID, at: datetime, only: UUID | None = None) -> int:
    unread = Notice.objects.filter(person_id=person_id, read_at=None, is_task=False)
    if only is not None:
        unread = unread.filter(pk=only)
    return unread.update(read_at=at)
