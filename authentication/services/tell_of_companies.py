"""A company has another name or status: tell those who run it, and the e-services that know it.

What changed is seen in the rows: it is told whichever door changed them.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from authentication.models import Company, CompanyStatus
from authentication.services.tell_who_knows import tell_who_knows
from authentication.services.tell_who_runs import tell_who_runs
from corpid.languages import in_each_language, worded_in_each_language
from corpid.notices.services.tell_each import tell_each

RENAMED = "company.renamed"
STATUS_CHANGED = "company.status_changed"
_NEW_AT_ONCE = 5_000  # a first load brings more: they follow the next times


def tell_of_companies(*, at: datetime, at_most: int = 200) -> int:
    """Tell of up to `at_most` companies, each in its own transaction; say how many changed."""
    new = Company.objects.untold().filter(told_status="", current_name__isnull=False)
    pks = list(new.values_list("pk", flat=True)[:_NEW_AT_ONCE])
    Company.objects.filter(pk__in=pks, told_status="").update(
        told_status=F("status"), told_name=F("current_name")
    )
    changed = Company.objects.untold().exclude(told_status="").values_list("pk", flat=True)
    return tell_each(pks=changed[:at_most], tell=lambda pk: _tell(pk, at))


@transaction.atomic
def _tell(pk: UUID, at: datetime) -> bool:
    """Say no to one that another worker is telling of, or has told of by now."""
    held = Company.objects.select_for_update(of=("self",), skip_locked=True).untold()
    company = held.select_related("current_name", "told_name").filter(pk=pk).first()
    if company is None:
        return False
    if company.status != company.told_status:
        _tell_of_status(company, at)
    if company.current_name_id != company.told_name_id:
        _tell_of_name(company, at)
    Company.objects.filter(pk=pk).update(
        told_status=company.status, told_name=company.current_name
    )
    return True


def _tell_of_status(company: Company, at: datetime) -> None:
    status = CompanyStatus(company.status)
    tell_who_runs(
        company=company,
        kind=STATUS_CHANGED,
        subject=f"company:{company.id}:{at.isoformat()}",
        path="/company",
        facts={
            "company": in_each_language(company.name_in),
            "status": worded_in_each_language(status.label),
        },
        at=at,
    )
    tell_who_knows(
        company=company,
        type="company.status",
        data={"company": company.ubi, "status": status.value},
        at=at,
    )


def _tell_of_name(company: Company, at: datetime) -> None:
    before = company.told_name
    tell_who_runs(
        company=company,
        kind=RENAMED,
        subject=f"company:{company.id}:{at.isoformat()}",
        path="/company",
        facts={
            "company": in_each_language(company.name_in),
            "before": in_each_language(before.in_language) if before else company.ubi,
        },
        at=at,
    )
    tell_who_knows(
        company=company, type="company.renamed", data={"company": company.ubi}, at=at
    )
