"""Tell a person, in the inbox and by e-mail, in the transaction of what it tells."""

from collections.abc import Mapping
from datetime import datetime
from string import Formatter
from uuid import UUID

from django.db import transaction

from corpid.notices.catalogue import CATALOGUE
from corpid.notices.models import Notice
from corpid.notices.services.ask_for_mail import ask_for_mail

Fact = str | Mapping[str, str]


@transaction.atomic
def notify_person(
    *,
    kind: str,
    person_id: UUID,
    at: datetime,
    subject: str,
    path: str,
    facts: Mapping[str, Fact],
    company_id: UUID | None = None,
    due_at: datetime | None = None,
) -> Notice:
    """Raise the notice once: a second call about the same subject returns the first's.

    `path` is a page of ours; `facts` fill the placeholders of the catalogue's texts. Raises
    KeyError for an unknown kind or a missing fact: a mistake of the caller, not of a person.
    """
    entry = CATALOGUE[kind]
    for name in _placeholders(entry.title) | _placeholders(entry.text):
        facts[name]
    notice, is_new = Notice.objects.get_or_create(
        kind=kind,
        person_id=person_id,
        subject=subject,
        defaults={
            "company_id": company_id,
            "path": path,
            "facts": dict(facts),
            "is_task": entry.is_task,
            "raised_at": at,
            "due_at": due_at,
        },
    )
    if is_new:
        ask_for_mail(notice=notice, at=at)
    return notice


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
