"""A mandate whose time is over ends: both sides and the e-services that rely on it are told."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from authentication.models import Grant, Mandate, Person
from authentication.services.find_who_runs import find_who_runs
from corpid.audit.services.record_event import record_event
from corpid.languages import in_each_language
from corpid.notices.services.notify_person import notify_person
from corpid.notices.services.tell_e_service import tell_e_service
from corpid.notices.services.tell_each import tell_each

ENDED = "mandates.ended"
EXPIRED = "expired"


def end_mandates(*, at: datetime, at_most: int = 200) -> int:
    """End up to `at_most` of them, each in its own transaction; say how many."""
    late = Mandate.objects.past_their_time(at=at).values_list("pk", flat=True)
    return tell_each(pks=late[:at_most], tell=lambda pk: _end(pk, at))


@transaction.atomic
def _end(pk: UUID, at: datetime) -> bool:
    ended = Mandate.objects.past_their_time(at=at).filter(pk=pk)
    if not ended.update(
        status=Mandate.Status.ENDED, ended_how=EXPIRED, version=F("version") + 1
    ):
        return False
    mandate = Mandate.objects.select_related(
        "principal__current_name",
        "delegate_company__current_name",
        "delegate_person",
        "delegate_member__person",
    ).get(pk=pk)
    record_event(
        kind="authentication.mandate.ended",
        at=at,
        actor="system",
        subject=f"mandate:{mandate.reference}",
        company_id=mandate.principal_id,
        facts={"how": EXPIRED},
    )
    _tell_both_sides(mandate, at)
    relying = Grant.objects.live().filter(mandates__contains=[mandate.reference])
    for e_service_id in relying.values_list("session__e_service", flat=True).distinct():
        tell_e_service(
            e_service_id=e_service_id,
            type="mandate.ended",
            data={
                "id": mandate.reference,
                "company": mandate.principal.ubi,
                "because": EXPIRED,
            },
            at=at,
        )
    return True


def _tell_both_sides(mandate: Mandate, at: datetime) -> None:
    told = {person.id: mandate.principal_id for person in _delegates(mandate, at)}
    told |= {
        person.id: mandate.principal_id
        for person in find_who_runs(company=mandate.principal, at=at)
    }
    for person_id, company_id in told.items():
        notify_person(
            kind=ENDED,
            person_id=person_id,
            company_id=company_id,
            at=at,
            subject=f"mandate:{mandate.reference}",
            path="/mandates",
            facts={
                "company": in_each_language(mandate.principal.name_in),
                "delegate": in_each_language(mandate.delegate_in),
            },
        )


def _delegates(mandate: Mandate, at: datetime) -> list[Person]:
    """List those who could use it, and those who run the firm that it was given to."""
    users = Person.objects.filter(
        memberships__mandate_uses__mandate=mandate,
        status=Person.Status.ACTIVE,
        account__isnull=False,
    )
    found = list(users)
    if mandate.delegate_company is not None:
        found += find_who_runs(company=mandate.delegate_company, at=at)
    member = mandate.delegate_member
    alone = member.person if member is not None else mandate.delegate_person
    if alone is not None and alone.account_id is not None:
        found.append(alone)
    return found
