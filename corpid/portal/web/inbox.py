"""The inbox: what waits for me, and what happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from authentication.models import Company
from authentication.web.doors import PersonRequest, person_required
from corpid.notices.models import Notice
from corpid.notices.services.mark_read import mark_read
from corpid.notices.services.word_notice import word_notice

SHOWN = 50


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


@require_safe
@person_required
def inbox(request: PersonRequest) -> HttpResponse:
    """Show the chosen company's notices and the person's own, or those of all companies."""
    mine = Notice.objects.filter(person_id=request.person.id)
    shows_all = request.acting is None or request.GET.get("company") == "all"
    if request.acting is not None and not shows_all:
        mine = mine.exclude(company_id__isnull=False) | mine.filter(
            company_id=request.acting.company.id
        )
    context = {
        "waiting": entries(mine.waiting().order_by("due_at", "-raised_at")[:SHOWN]),
        "news": entries(mine.filter(is_task=False).order_by("-raised_at")[:SHOWN]),
        "done": entries(mine.tasks().exclude(done_at=None).order_by("-done_at")[:SHOWN]),
        "shows_all": shows_all,
    }
    return render(request, "portal/inbox.html", context)


@require_POST
@person_required
def inbox_read(request: PersonRequest) -> HttpResponse:
    mark_read(person_id=request.person.id, at=timezone.now())
    return HttpResponseRedirect(reverse("inbox"))


def entries(notices: Iterable[Notice]) -> list[Entry]:
    """Put notices into words, with their companies' names by one query."""
    notices = list(notices)
    companies = {notice.company_id for notice in notices if notice.company_id}
    language = get_language() or "en"
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
