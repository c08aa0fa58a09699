"""Put together what the consent screen says: who asks, why, for what, and what is there now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from authentication.services.check_power import Authority, check_power
from authentication.services.list_ways import Acting
from corpid.business_identifier import parse_business_identifier
from corpid.errors import Conflict, NotAllowed, gettext_noop
from prefill.catalogue import CATALOGUE, DataItemDefinition
from prefill.consent_notice import ConsentNotice, NoticeItem
from prefill.field_result import FieldResult, FieldStatus
from prefill.mapping import FieldMapping, read_mapping
from prefill.models import FormTemplateVersion, PrefillRequest
from prefill.registers.register import Register
from prefill.services.fetch_items import fetch_items
from prefill.services.find_request import refuse_expired

AVAILABILITY_SECONDS = 1.0


class RequestAnswered(Conflict):
    code = "prefill_request_answered"
    title = gettext_noop("This request for data has been answered already.")
    remedy = gettext_noop("See what became of it under Shared data.")


class RequestForAnotherCompany(NotAllowed):
    code = "request_for_another_company"
    title = gettext_noop("This request is about another company.")
    remedy = gettext_noop("Choose the company that the form is for, then open the form again.")


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
    what check_answerable raises.
    """
    authority = check_answerable(request=request, acting=acting, at=at)
    required = asked_items(request.template_version)
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
    notice = notice_of(request, acting, language)
    return ConsentScreen(request, notice, authority, items)


def check_answerable(*, request: PrefillRequest, acting: Acting, at: datetime) -> Authority:
    """Check that this person may answer for this company, and that it is still open."""
    if request.company_id not in {None, acting.company.id}:
        raise RequestForAnotherCompany
    authority = check_power(
        person=acting.person,
        company=acting.company,
        power=request.template_version.consent_power,
        at=at,
    )
    refuse_expired(request, at=at)
    if request.state not in PrefillRequest.ANSWERABLE:
        raise RequestAnswered(request.state)
    return authority


def asked_items(version: FormTemplateVersion) -> dict[str, bool]:
    """Give the items of a form in its order, and whether each is required by any field."""
    required: dict[str, bool] = {}
    for line in mapping_of(version):
        required[line.item] = required.get(line.item, False) or line.required
    return required


def mapping_of(version: FormTemplateVersion) -> tuple[FieldMapping, ...]:
    return read_mapping(version.mapping)


def notice_of(request: PrefillRequest, acting: Acting, language: str) -> ConsentNotice:
    version = request.template_version
    return ConsentNotice(
        request=request.reference,
        language=language,
        e_service=request.e_service.name_in(language),
        company_ubi=acting.company.ubi,
        company_name=acting.company.name_in(language),
        purpose=version.purpose_in(language),
        legal_basis=version.legal_basis,
        keeping=version.keeping,
        retention_days=version.retention_days,
        retention=version.retention_in(language),
        items=tuple(
            NoticeItem(key, CATALOGUE[key].version, CATALOGUE[key].label_in(language), required)
            for key, required in asked_items(version).items()
        ),
    )
