"""Who has, or could have had, our data: every answer that this company gave."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authentication.powers import VIEW_COMPANY
from authentication.services.check_power import check_power
from authentication.services.list_ways import Acting
from prefill.models import Consent

PAGE = 50


@dataclass(frozen=True, slots=True)
class ConsentPage:
    consents: list[Consent]
    older_than: UUID | None  # where the next page begins; none on the last


def list_consents(
    *, acting: Acting, at: datetime, older_than: UUID | None = None
) -> ConsentPage:
    """Newest first, 50 to a page. Raises what check_power refuses for."""
    check_power(person=acting.person, company=acting.company, power=VIEW_COMPANY, at=at)
    consents = Consent.objects.described().filter(company=acting.company)
    if older_than is not None:
        consents = consents.filter(id__lt=older_than)  # UUIDv7: by the time of its making
    found = list(consents.order_by("-id")[: PAGE + 1])
    is_last = len(found) <= PAGE
    return ConsentPage(found[:PAGE], None if is_last else found[PAGE - 1].id)
