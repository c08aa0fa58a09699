"""What waits for a person first, and how much it is in all."""

from dataclasses import dataclass

from authentication.models import Person
from corpid.notices.models import Notice
from corpid.portal.services.word_entries import Entry, word_entries

NEXT_TASKS = 3


@dataclass(frozen=True, slots=True)
class Waiting:
    tasks: list[Entry]
    count: int


def list_waiting(*, person: Person, language: str) -> Waiting:
    waiting = Notice.objects.filter(person_id=person.id).waiting()
    first = waiting.order_by("due_at", "-raised_at")[:NEXT_TASKS]
    return Waiting(word_entries(first, language=language), waiting.count())
