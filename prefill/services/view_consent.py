"""Look at one answer of one's own company, item by item."""

from dataclasses import dataclass
from datetime import datetime

from authentication.powers import VIEW_COMPANY
from authentication.services.check_power import check_power
from authentication.services.list_ways import Acting
from prefill.catalogue import CATALOGUE, DataItemDefinition
from prefill.models import Consent, FieldRecord, Release
from prefill.services.find_consent import find_consent


@dataclass(frozen=True, slots=True)
class ConsentedItem:
    key: str
    definition: DataItemDefinition | None  # none: left the catalogue since
    is_granted: bool
    record: FieldRecord | None  # none: nothing was fetched


@dataclass(frozen=True, slots=True)
class ConsentView:
    consent: Consent
    items: tuple[ConsentedItem, ...]
    releases: tuple[Release, ...]


def view_consent(*, reference: str, acting: Acting, at: datetime) -> ConsentView:
    """Raise ConsentNotFound for another company's, and what check_power refuses for."""
    check_power(person=acting.person, company=acting.company, power=VIEW_COMPANY, at=at)
    consent = find_consent(reference=reference, company_id=acting.company.id)
    records = {record.item_key: record for record in consent.request.fields.all()}
    answers = {item.item_key: item.is_granted for item in consent.items.all()}
    items = tuple(
        ConsentedItem(key, CATALOGUE.get(key), answers[key], records.get(key))
        for key in consent.request.template_version.asked_items()
    )
    return ConsentView(consent, items, tuple(consent.releases.order_by("number")))
