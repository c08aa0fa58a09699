"""A company's requests for signatures, the newest first."""

from datetime import datetime

from authentication.models import Company, Person
from authentication.powers import VIEW_COMPANY
from authentication.services.check_power import check_power
from signatures.models import SignatureRequest

SHOWN = 100


def list_requests(*, company: Company, person: Person, at: datetime) -> list[SignatureRequest]:
    """Raise NotAllowed for a person who may not look at the company."""
    check_power(person=person, company=company, power=VIEW_COMPANY, at=at)
    return list(
        SignatureRequest.objects.filter(company=company)
        .select_related("made_by", "e_service")
        .order_by("-created_at")[:SHOWN]
    )
