"""Whom a company's notices are for: its directors (owners, partners) and administrators."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from authentication.models import Company, Member, MemberRole, Officer, Person
from authentication.powers import RUN_THE_COMPANY


def find_who_runs(*, company: Company, at: datetime) -> list[Person]:
    """List those of them who have joined and may act."""
    offices = (
        Officer.objects.in_office(on=timezone.localdate(at))
        .undisputed()
        .filter(company=company, capacity__in=RUN_THE_COMPANY)
    )
    administrators = MemberRole.objects.in_force(at=at).filter(
        member__company=company,
        member__status=Member.Status.ACTIVE,
        role__key="administrator",
    )
    return list(
        Person.objects.filter(
            Q(offices__in=offices) | Q(memberships__in=administrators.values("member_id")),
            status=Person.Status.ACTIVE,
            account__isnull=False,
        ).distinct()
    )
