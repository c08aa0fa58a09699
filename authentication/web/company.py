"""The company's own pages: overview and people."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from authentication.models import (
    Capacity,
    CompanyKind,
    CompanyStatus,
    Member,
    Officer,
    Role,
)
from authentication.services.list_people import list_people
from authentication.services.show_company import show_company
from authentication.web.doors import ActingRequest, acting_required


@require_safe
@acting_required
def company(request: ActingRequest) -> HttpResponse:
    ours = request.acting.company
    shown = show_company(person=request.person, company=ours, at=timezone.now())
    context = {
        "company": ours,
        "name": ours.current_name,
        "kind": CompanyKind(ours.kind).label,
        "status": CompanyStatus(ours.status).label,
        "is_quiet": ours.status == CompanyStatus.LIVE,
        "registration": shown.registration,
        "registration_ended": shown.registration_ended,
        "restrictions": shown.restrictions,
        "rule": shown.rule,
        "premises": shown.premises,
    }
    return render(request, "authentication/company.html", context)


@require_safe
@acting_required
def people(request: ActingRequest) -> HttpResponse:
    language = get_language() or "en"
    found = list_people(
        person=request.person, company=request.acting.company, at=timezone.now()
    )
    context = {
        "officers": [_officer(officer, language) for officer in found.officers],
        "members": [_member(member, roles, language) for member, roles in found.members],
    }
    return render(request, "authentication/people.html", context)


def _officer(officer: Officer, language: str) -> dict[str, object]:
    holder = officer.person or officer.firm
    assert holder is not None  # noqa: S101  by constraint
    return {
        "name": holder.name_in(language),
        "capacity": Capacity(officer.capacity).label,
        "since": officer.appointed_on,
        "is_contested": officer.contested_at is not None,
    }


def _member(member: Member, roles: tuple[Role, ...], language: str) -> dict[str, object]:
    return {
        "name": member.person.name_in(language),
        "status": Member.Status(member.status).label,
        "is_active": member.status == Member.Status.ACTIVE,
        "roles": [role.name_in(language) for role in roles],
    }
