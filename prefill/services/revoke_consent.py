"""A consent is withdrawn: nothing more is sent, and what waited is destroyed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from authentication.services.check_power import check_power
from authentication.services.list_ways import Acting
from corpid.audit.services.record_event import record_event
from corpid.jobs.models import Job
from corpid.jobs.services.cancel_job import cancel_job
from corpid.notices.services.tell_e_service import tell_e_service
from prefill.models import Consent, PrefillRequest
from prefill.services.destroy_values import destroy_values
from prefill.services.find_consent import find_consent
from prefill.services.give_consent import RETRIEVE


@transaction.atomic
def revoke_consent(
    *,
    reference: str,
    at: datetime,
    acting: Acting | None = None,
    e_service_id: UUID | None = None,
) -> Consent:
    """By the company (`acting`, with the power), or given up by the e-service that holds it.

    A second time changes nothing. Raises ConsentNotFound, and what check_power refuses for.
    """
    company_id = acting.company.id if acting else None
    consent = find_consent(
        reference=reference, company_id=company_id, e_service_id=e_service_id
    )
    actor = f"e-service:{consent.e_service.client_id}"
    if acting is not None:
        power = consent.request.template_version.consent_power
        check_power(person=acting.person, company=acting.company, power=power, at=at)
        actor = f"person:{acting.person.id}"
    _stop_fetching(consent)
    consent.request.lock()
    revoked = Consent.objects.filter(
        pk=consent.pk, decision=Consent.Decision.GIVEN, revoked_at=None
    ).update(revoked_at=at, revoked_by=actor)
    if revoked:
        requests = PrefillRequest.objects.filter(pk=consent.request_id)
        destroy_values(requests=requests)
        requests.exclude(state=PrefillRequest.State.PURGED).update(
            state=PrefillRequest.State.REVOKED
        )
        tell_e_service(
            e_service_id=consent.e_service_id,
            type="consent.revoked",
            data={
                "id": consent.reference,
                "prefill_request": consent.request.reference,
                "company": consent.company.ubi,
            },
            at=at,
        )
        record_event(
            kind="prefill.consent.revoked",
            at=at,
            actor=actor,
            subject=f"consent:{consent.reference}",
            company_id=consent.company_id,
            facts={"request": consent.request.reference, "uses": consent.uses},
        )
    return find_consent(reference=reference, e_service_id=consent.e_service_id)


def _stop_fetching(consent: Consent) -> None:
    """Before the request is locked: a worker that ends its job locks the two in this order."""
    fetching = Job.objects.filter(
        kind=RETRIEVE, unique_key=str(consent.request_id), state__in=Job.OPEN
    )
    for job_id in fetching.values_list("id", flat=True):
        cancel_job(job_id=job_id)
