"""Choose the company to act for; who has only one got it by signing in."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from authentication.models import CompanyStatus
from authentication.services.choose_company import choose_company
from authentication.services.find_acting_for import NotActing
from authentication.services.list_choices import Choice, list_choices
from authentication.web.acting import SESSION_KEY
from authentication.web.doors import PersonRequest, person_required
from authentication.web.next_page import safe_next

QUIET_STATUSES = {CompanyStatus.LIVE, CompanyStatus.DORMANT, CompanyStatus.REDOMICILED_IN}


@dataclass(frozen=True, slots=True)
class Line:
    id: UUID
    ubi: str
    name: str
    other_names: str
    capacity: str
    status: str
    is_restricted: bool
    is_current: bool

    def matches(self, words: str) -> bool:
        everything = f"{self.ubi} {self.name} {self.other_names}".casefold()
        return all(word in everything for word in words.casefold().split())


@require_http_methods(["GET", "HEAD", "POST"])
@person_required
def choose_company_page(request: PersonRequest) -> HttpResponse:
    if request.method == "POST":
        return _choose(request, _company_id(request))
    choices = _choices(request)
    words = request.GET.get("q", "").strip()
    context = {
        "choices": [choice for choice in choices if choice.matches(words)],
        "total": len(choices),
        "words": words,
        "next": _after(request),
    }
    return render(request, "authentication/choose_company.html", context)


def _choose(request: PersonRequest, company_id: UUID) -> HttpResponse:
    choose_company(person=request.person, company_id=company_id, at=timezone.now())
    request.session[SESSION_KEY] = str(company_id)
    return HttpResponseRedirect(_after(request))


def _company_id(request: PersonRequest) -> UUID:
    try:
        return UUID(request.POST.get("company", ""))
    except ValueError as malformed:
        raise NotActing("company is no id") from malformed


def _after(request: PersonRequest) -> str:
    after = safe_next(request, otherwise=reverse("home"))
    return reverse("home") if after.startswith(reverse("choose_company")) else after


def _choices(request: PersonRequest) -> list[Line]:
    language = get_language() or "en"
    current = request.acting.company.id if request.acting else None
    listed = list_choices(person=request.person, language=language, at=timezone.now())
    lines = [_line(choice, language, current) for choice in listed]
    return sorted(lines, key=lambda line: (line.name.casefold(), line.ubi))


def _line(choice: Choice, language: str, current: UUID | None) -> Line:
    company, name = choice.company, choice.company.current_name
    shown = company.name_in(language)
    others = {name.en, name.tc, name.sc} - {shown, ""} if name else set()
    is_quiet = company.status in QUIET_STATUSES
    return Line(
        id=company.id,
        ubi=company.ubi,
        name=shown,
        other_names=" ".join(sorted(others)),
        capacity=choice.capacity,
        status="" if is_quiet else str(CompanyStatus(company.status).label),
        is_restricted=choice.is_restricted,
        is_current=company.id == current,
    )
