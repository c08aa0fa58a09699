"""Put what concerns a request for data into a person's inbox."""

from datetime import datetime
from uuid import UUID

from corpid.notices.services.notify_person import notify_person
from prefill.models import PrefillRequest

CONSENT_ASKED = "prefill.consent_asked"
SENT = "prefill.sent"
_LANGUAGES = ("en", "zh-hant", "zh-hans")


def tell_person(
    *, kind: str, request: PrefillRequest, person_id: UUID, path: str, at: datetime
) -> None:
    """Tell once; a second call about the same request changes nothing."""
    company, e_service = request.company, request.e_service
    assert company is not None  # noqa: S101  whoever is told acts for one
    name = company.current_name
    notify_person(
        kind=kind,
        person_id=person_id,
        at=at,
        subject=subject_of(request),
        path=path,
        facts={
            "e_service": {language: e_service.name_in(language) for language in _LANGUAGES},
            "company": {
                language: name.in_language(language) if name else company.ubi
                for language in _LANGUAGES
            },
        },
        company_id=company.id,
        due_at=request.expires_at if kind == CONSENT_ASKED else None,
    )


def subject_of(request: PrefillRequest) -> str:
    return f"prefill-request:{request.reference}"
