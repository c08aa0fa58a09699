"""The people who act for a company by mandate: they keep its deadlines."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from authentication.models import Company, CompanyStatus, Mandate, Member, Person
from authentication.services.walk_chain import walk_chain
from authentication.standing import Function, Permission, permission_for

_HOLDS_NO_MANDATES = [
    status
    for status in CompanyStatus
    if permission_for(status, Function.MANDATES) is Permission.NO
]


def find_agents(*, company: Company, at: datetime) -> list[Person]:
    """List those who have joined and may use a mandate of the company.

    Its whole chain is in force, and each firm on the way may hold mandates, as for check_power:
    who acted through somebody whose mandate is over learns nothing of the company any more.
    """
    mandates = _carried(company, at)
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


def _carried(company: Company, at: datetime) -> list[UUID]:
    found = (
        Mandate.objects.in_force(at=at)
        .filter(principal=company)
        .select_related("principal", "delegate_company")
        .select_related("parent__parent__delegate_company", "parent__delegate_company")
    )
    chains = {mandate.id: walk_chain(mandate, at=at) for mandate in found}
    firms = {id_: {link.company_id for link in chain[:-1]} for id_, chain in chains.items()}
    resting = set(
        Company.objects.filter(
            id__in=set[UUID]().union(*firms.values()), status__in=_HOLDS_NO_MANDATES
        ).values_list("id", flat=True)
    )
    return [id_ for id_, chain in chains.items() if chain and not firms[id_] & resting]
