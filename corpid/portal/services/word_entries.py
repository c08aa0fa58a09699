"""Notices as a person reads them, with their companies' names by one query."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authentication.models import Company
from corpid.notices.models import Notice
from corpid.notices.services.word_notice import word_notice


@dataclass(frozen=True, slots=True)
class Entry:
    id: UUID
    title: str
    text: str
    company: str
    path: str
    raised_at: datetime
    due_at: datetime | None
    is_unread: bool


def word_entries(notices: Iterable[Notice], *, language: str) -> list[Entry]:
    notices = list(notices)
    companies = {notice.company_id for notice in notices if notice.company_id}
    names = {
        company.id: company.name_in(language)
        for company in Company.objects.named().filter(pk__in=companies)
    }
    return [_entry(notice, names) for notice in notices]


def _entry(notice: Notice, names: dict[UUID, str]) -> Entry:
    words = word_notice(notice=notice)
    return Entry(
        id=notice.id,
        title=words.title,
        text=words.text,
        company=names.get(notice.company_id, "") if notice.company_id else "",
        path=notice.path,
        raised_at=notice.raised_at,
        due_at=notice.due_at,
        is_unread=notice.read_at is None and not notice.is_task,
    )
