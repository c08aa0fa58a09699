"""Have the licensing department issue the food licences of the invented world."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from authentication.models import EService
from corpid.demonstration.invention.e_services import FOOD_LICENSING
from corpid.demonstration.invention.facts import InventedCompany, InventedLicence
from corpid.demonstration.services.establish_food_licence import establish_food_licence
from credentials.models import Credential
from credentials.services.issue_credential import issue_credential

_HONG_KONG = ZoneInfo("Asia/Hong_Kong")
_KINDS = {
    "general_restaurant": "General restaurant licence 普通食肆牌照",
    "light_refreshment": "Light refreshment restaurant licence 小食食肆牌照",
    "food_factory": "Food factory licence 食物製造廠牌照",
    "bakery": "Bakery licence 烘製麵包餅食店牌照",
}
_CONDITIONS = [
    "No food may be prepared outside the licensed premises. 不得在持牌處所以外配製食物。",
    "The licence is shown at a conspicuous place. 牌照須在顯眼處展示。",
]


def seed_licences(companies: Iterable[InventedCompany], *, at: datetime) -> None:
    """Issue those that are not there yet and still run."""
    issuer = EService.objects.get(slug=FOOD_LICENSING.slug)
    food_licence = establish_food_licence(issuer=issuer, at=at)
    there = set(
        Credential.objects.filter(type=food_licence).values_list("external_ref", flat=True)
    )
    for company, licence in _running(companies, at):
        if licence.number in there:
            continue
        premises = _premises(company, licence)
        issue_credential(
            issuer=issuer,
            credential_type=food_licence,
            ubi=company.ubi,
            claims=_claims(company, licence, premises),
            premises=premises,
            valid_from=_midnight(licence.issued_on),
            expires_at=_midnight(licence.expires_on),
            external_ref=licence.number,
            at=at,
        )


def _running(
    companies: Iterable[InventedCompany], at: datetime
) -> Iterator[tuple[InventedCompany, InventedLicence]]:
    for company in companies:
        for licence in company.licences:
            if _midnight(licence.expires_on) > at:
                yield company, licence


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time.min, tzinfo=_HONG_KONG).astimezone(UTC)


def _premises(company: InventedCompany, licence: InventedLicence) -> dict[str, str]:
    premises = next(found for found in company.premises if found.name == licence.premises_name)
    named = {
        "name": premises.name,
        "address_en": premises.address.en,
        "address_tc": premises.address.tc,
    }
    return {name: value for name, value in named.items() if value}


def _claims(
    company: InventedCompany, licence: InventedLicence, premises: dict[str, str]
) -> dict[str, object]:
    holder = {"ubi": company.ubi, "name_en": company.name.en, "name_tc": company.name.tc}
    return {
        "licence_number": licence.number,
        "kind": _KINDS[licence.kind],
        "holder": {name: value for name, value in holder.items() if value},
        "premises": premises,
        "conditions": _CONDITIONS,
    }
