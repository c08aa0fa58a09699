"""A consent that stands for long comes to its end: tell the company, and who relies on it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from authentication.services.find_who_runs import find_who_runs
from corpid.languages import in_each_language
from corpid.notices.services.notify_person import notify_person
from corpid.notices.services.tell_e_service import tell_e_service
from corpid.notices.services.tell_each import tell_each
from prefill.models import Consent

CONSENT_EXPIRING = "prefill.consent_expiring"
STANDING = timedelta(days=60)  # one for a shorter time is for one form
AHEAD = timedelta(days=30)


def warn_of_consents(*, at: datetime, at_most: int = 200) -> int:
    """Warn of up to `at_most`, each once, in its own transaction; say of how many."""
    ending = Consent.objects.in_force(at=at).filter(
        end_told_at=None,
        expires_at__lte=at + AHEAD,
        expires_at__gte=F("decided_at") + STANDING,
        uses__lt=F("max_uses"),
    )
    return tell_each(
        pks=ending.values_list("pk", flat=True)[:at_most], tell=lambda pk: _warn(pk, at)
    )


@transaction.atomic
def _warn(pk: UUID, at: datetime) -> bool:
    untold = Consent.objects.in_force(at=at).filter(pk=pk, end_told_at=None)
    if not untold.update(end_told_at=at):
        return False  # withdrawn by now, or another worker was here
    consent = Consent.objects.select_related(
        "company__current_name", "e_service", "request"
    ).get(pk=pk)
    who = {person.id for person in find_who_runs(company=consent.company, at=at)}
    for person_id in sorted({consent.person_id, *who}):
        notify_person(
            kind=CONSENT_EXPIRING,
            person_id=person_id,
            company_id=consent.company_id,
            at=at,
            subject=f"consent:{consent.reference}",
            path="/consents",
            facts={
                "e_service": in_each_language(consent.e_service.name_in),
                "company": in_each_language(consent.company.name_in),
                "date": in_each_language(lambda language: _day(consent, language)),
            },
        )
    tell_e_service(
        e_service_id=consent.e_service_id,
        type="consent.expiring",
        data={
            "id": consent.reference,
            "prefill_request": consent.request.reference,
            "company": consent.company.ubi,
            "expires_at": consent.expires_at.isoformat(),
        },
        at=at,
    )
    return True


def _day(consent: Consent, language: str) -> str:
    with override(language):
        return date_format(timezone.localtime(consent.expires_at), "DATE_FORMAT")
