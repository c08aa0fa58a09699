"""The people who act for a company by mandate: they keep its deadlines."""

from datetime import datetime

from django.db.models import Q

from authentication.models import Company, Mandate, Member, Person


def find_agents(*, company: Company, at: datetime) -> list[Person]:
    """List those who have joined and may use a mandate of the company that is in force."""
    mandates = Mandate.objects.in_force(at=at).filter(principal=company)
    members = Member.objects.filter(
        Q(mandates__in=mandates) | Q(mandate_uses__mandate__in=mandates),
        status=Member.Status.ACTIVE,
    )
    return list(
        Person.objects.filter(
            Q(memberships__in=members) | Q(mandates__in=mandates),
            status=Person.Status.ACTIVE,
            account__isnull=False,
        ).distinct()
    )
