"""How many notices a person has not read."""

from uuid import UUID

from corpid.notices.models import Notice


def count_unread(*, person_id: UUID) -> int:
    return Notice.objects.filter(person_id=person_id).unread().count()
