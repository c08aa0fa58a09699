"""The inbox of a person: what waits for them, what happened, what they have done."""

from dataclasses import dataclass

from authentication.models import Company, Person
from corpid.notices.models import Notice
from corpid.portal.services.word_entries import Entry, word_entries

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Inbox:
    waiting: list[Entry]
    news: list[Entry]
    done: list[Entry]


def show_inbox(*, person: Person, company: Company | None, language: str) -> Inbox:
    """Show their own notices and the company's; without one, those of all their companies."""
    mine = Notice.objects.filter(person_id=person.id)
    if company is not None:
        mine = mine.filter(company_id=None) | mine.filter(company_id=company.id)
    waiting = mine.waiting().order_by("due_at", "-raised_at")
    news = mine.filter(is_task=False).order_by("-raised_at")
    done = mine.tasks().exclude(done_at=None).order_by("-done_at")
    return Inbox(
        *(word_entries(found[:SHOWN], language=language) for found in (waiting, news, done))
    )
