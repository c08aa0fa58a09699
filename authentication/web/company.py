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
    MemberRole,
    Officer,
    Restriction,
)
from authentication.powers import VIEW_COMPANY
from authentication.services.check_power import check_power
from authentication.services.describe_rule import describe_rule
from authentication.services.find_signing_rule import find_signing_rule
from authentication.web.doors import ActingRequest, acting_required


@require_safe
@acting_required
def company(request: ActingRequest) -> HttpResponse:
    now, ours = timezone.now(), request.acting.company
    check_power(person=request.person, company=ours, power=VIEW_COMPANY, at=now)
    registration = ours.registrations.filter(branch="000").order_by("-valid_until").first()
    restrictions = Restriction.objects.in_force(at=now).filter(
        subject_kind__in=[Restriction.SubjectKind.COMPANY, Restriction.SubjectKind.AGENT],
        subject_id=ours.id,
        may_be_told=True,
    )
    context = {
        "company": ours,
        "name": ours.current_name,
        "kind": CompanyKind(ours.kind).label,
        "status": CompanyStatus(ours.status).label,
        "is_quiet": ours.status == CompanyStatus.LIVE,
        "registration": registration,
        "registration_ended": registration is not None
        and not registration.is_in_force(on=timezone.localdate(now)),
        "restrictions": restrictions,
        "rule": describe_rule(
            policy=find_signing_rule(company=ours, at=now), company=ours, at=now
        ),
        "premises": ours.premises.filter(closed_on=None).order_by("name", "address_en"),
    }
    return render(request, "authentication/company.html", context)


@require_safe
@acting_required
def people(request: ActingRequest) -> HttpResponse:
    now, ours = timezone.now(), request.acting.company
    check_power(person=request.person, company=ours, power=VIEW_COMPANY, at=now)
    language = get_language() or "en"
    officers = (
        Officer.objects.in_office(on=timezone.localdate(now))
        .filter(company=ours)
        .select_related("person", "firm__current_name")
        .order_by("capacity", "appointed_on")
    )
    members = (
        Member.objects.filter(company=ours)
        .exclude(status=Member.Status.LEFT)
        .select_related("person")
        .order_by("person__name_en", "person__name_tc")
    )
    context = {
        "officers": [_officer(officer, language) for officer in officers],
        "members": _members(list(members), language),
    }
    return render(request, "authentication/people.html", context)


def _officer(officer: Officer, language: str) -> dict[str, object]:
    if officer.person is not None:
        name = officer.person.name_in(language)
    else:
        assert officer.firm is not None  # noqa: S101  by constraint
        name = officer.firm.name_in(language)
    return {
        "name": name,
        "capacity": Capacity(officer.capacity).label,
        "since": officer.appointed_on,
        "is_contested": officer.contested_at is not None,
    }


def _members(members: list[Member], language: str) -> list[dict[str, object]]:
    grants = (
        MemberRole.objects.in_force(at=timezone.now())
        .filter(member__in=members)
        .select_related("role")
        .order_by("role__key")
    )
    roles: dict[object, list[str]] = {}
    for grant in grants:
        roles.setdefault(grant.member_id, []).append(grant.role.name_in(language))
    return [
        {
            "name": member.person.name_in(language),
            "status": Member.Status(member.status).label,
            "is_active": member.status == Member.Status.ACTIVE,
            "roles": roles.get(member.id, []),
        }
        for member in members
    ]
