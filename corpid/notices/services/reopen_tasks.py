"""What a person had done was undone: their task waits again."""

from uuid import UUID

from corpid.notices.models import Notice


def reopen_tasks(*, kind: str, subject: str, person_id: UUID) -> int:
    """Let the one notice of this kind and subject wait again, rather than raise a second."""
    done = Notice.objects.tasks().filter(kind=kind, subject=subject, person_id=person_id)
    return done.exclude(done_at=None).update(done_at=None)
