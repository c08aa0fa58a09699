"""Who was given a task, whether or not they have done it."""

from uuid import UUID

from corpid.notices.models import Notice


def find_asked(*, kind: str, subject: str) -> set[UUID]:
    tasks = Notice.objects.tasks().filter(kind=kind, subject=subject)
    return set(tasks.values_list("person_id", flat=True))
