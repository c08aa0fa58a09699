"""A business registration comes to its end: warn 60, 30, 7 and 0 days before."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from authentication.models import BusinessRegistration, CompanyStatus
from authentication.services.tell_who_runs import tell_who_runs
from authentication.standing import Function, Permission, permission_for
from corpid.languages import in_each_language
from corpid.notices.services.tell_each import tell_each

EXPIRING = "company.registration_expiring"
_DAYS = (60, 30, 7, 0)
_STILL_TOLD = timedelta(days=7)  # after the end, if nobody looked in the meantime
_MAY_RENEW = [
    status
    for status in CompanyStatus
    if permission_for(status, Function.RENEW) is not Permission.NO
]


def warn_of_registrations(*, at: datetime, at_most: int = 200) -> int:
    """Warn of up to `at_most`, each in its own transaction; say of how many."""
    today = timezone.localdate(at)
    due = Q(warned_days=None, valid_until__lte=today + timedelta(days=_DAYS[0]))
    for days in _DAYS[1:]:
        due |= Q(warned_days__gt=days, valid_until__lte=today + timedelta(days=days))
    newer = BusinessRegistration.objects.filter(
        company=OuterRef("company"),
        branch=OuterRef("branch"),
        valid_until__gt=OuterRef("valid_until"),
    )
    late = BusinessRegistration.objects.filter(
        due,
        ~Exists(newer),
        valid_until__gte=today - _STILL_TOLD,
        company__status__in=_MAY_RENEW,
    )
    return tell_each(
        pks=late.values_list("pk", flat=True)[:at_most], tell=lambda pk: _warn(pk, today, at)
    )


@transaction.atomic
def _warn(pk: UUID, today: date, at: datetime) -> bool:
    registration = (
        BusinessRegistration.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("company__current_name")
        .filter(pk=pk)
        .first()
    )
    if registration is None:
        return False
    left = (registration.valid_until - today).days
    days = min((step for step in _DAYS if step >= left), default=None)
    if days is None:
        return False  # its end was moved since we looked
    if registration.warned_days is not None and registration.warned_days <= days:
        return False  # another worker was here
    tell_who_runs(
        company=registration.company,
        kind=EXPIRING,
        subject=f"registration:{registration.id}:{days}",
        path="/company",
        facts={
            "company": in_each_language(registration.company.name_in),
            "date": in_each_language(lambda language: _day(registration, language)),
        },
        at=at,
    )
    BusinessRegistration.objects.filter(pk=pk).update(warned_days=days)
    return True


def _day(registration: BusinessRegistration, language: str) -> str:
    with override(language):
        return date_format(registration.valid_until, "DATE_FORMAT")
