"""Put what concerns a request for data into a person's inbox."""

from datetime import datetime
from uuid import UUID

from authentication.models import Company
from corpid.languages import in_each_language
from corpid.notices.services.notify_person import notify_person
from prefill.models import PrefillRequest

CONSENT_ASKED = "prefill.consent_asked"
SENT = "prefill.sent"
NOT_CONFIRMED = "prefill.not_confirmed"


def tell_person(
    *,
    kind: str,
    request: PrefillRequest,
    company: Company,
    person_id: UUID,
    path: str,
    at: datetime,
) -> None:
    """Tell once; a second call about the same request changes nothing.

    `company` is the one that the person acts for; the request may not be bound to any yet.
    """
    notify_person(
        kind=kind,
        person_id=person_id,
        at=at,
        subject=request.subject,
        path=path,
        facts={
            "e_service": in_each_language(request.e_service.name_in),
            "company": in_each_language(company.name_in),
        },
        company_id=company.id,
        due_at=request.expires_at if kind == CONSENT_ASKED else None,
    )
