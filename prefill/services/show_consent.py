"""Put together what the consent screen says: who asks, why, for what, and what is there now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from authentication.services.check_power import Authority
from authentication.services.list_ways import Acting
from corpid.business_identifier import parse_business_identifier
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from prefill.catalogue import CATALOGUE, DataItemDefinition
from prefill.consent_notice import ConsentNotice
from prefill.field_result import FieldResult, FieldStatus
from prefill.models import PrefillRequest
from prefill.registers.register import Register
from prefill.services.check_answerable import check_answerable
from prefill.services.fetch_items import fetch_items
from prefill.services.write_notice import write_notice

AVAILABILITY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class AskedItem:
    definition: DataItemDefinition
    is_required: bool
    result: FieldResult

    @property
    def is_ready(self) -> bool:
        return self.result.has_value

    @property
    def needs_its_person(self) -> bool:
        return self.result.status is FieldStatus.WITHHELD

    @property
    def is_down(self) -> bool:
        return self.result.status in {FieldStatus.UNAVAILABLE, FieldStatus.TIMEOUT}


@dataclass(frozen=True, slots=True)
class ConsentScreen:
    request: PrefillRequest
    notice: ConsentNotice
    authority: Authority
    items: tuple[AskedItem, ...]

    @property
    def ready(self) -> int:
        return sum(item.is_ready for item in self.items)

    @property
    def belong_to_persons(self) -> int:
        return sum(item.needs_its_person for item in self.items)

    @property
    def registers_down(self) -> int:
        return len({item.definition.register for item in self.items if item.is_down})

    @property
    def empty(self) -> int:
        return sum(item.result.status is FieldStatus.EMPTY for item in self.items)


def show_consent(
    *,
    request: PrefillRequest,
    acting: Acting,
    language: str,
    at: datetime,
    sources: Mapping[str, Register] | None = None,
) -> ConsentScreen:
    """Ask the registers what they have at present; the values are dropped unless shown.

    To look changes nothing: postpone_consent puts the question into the inbox. Raises
    what check_answerable raises, and PrefillSwitchedOff: no register is asked meanwhile.
    """
    require_function(SwitchedFunction.PREFILL)
    authority = check_answerable(request=request, acting=acting, at=at)
    required = request.template_version.asked_items()
    results = fetch_items(
        identifier=parse_business_identifier(acting.company.ubi),
        item_keys=list(required),
        seconds=AVAILABILITY_SECONDS,
        sources=sources,
    )
    items = tuple(
        AskedItem(CATALOGUE[key], is_required, results[key])
        for key, is_required in required.items()
    )
    notice = write_notice(request=request, acting=acting, language=language)
    return ConsentScreen(request, notice, authority, items)
