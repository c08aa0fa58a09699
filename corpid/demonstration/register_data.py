"""The invented world as the register simulator's data file (see registers/__init__.py).

The registers and our own database are written from the same facts, so they tell the same.
"""

from collections.abc import Mapping
from typing import Any

from corpid.demonstration.invention.facts import (
    InventedCompany,
    InventedLicence,
    InventedOfficer,
    InventedPerson,
    InventedRegistration,
    InventedWorld,
    Name,
)

Entry = dict[str, Any]

_REGISTER = {
    "local_private": "local",
    "local_public": "local",
    "guarantee": "local",
    "unlimited": "local",
    "open_ended_fund": "local",
    "non_hong_kong": "foreign",
}
_COMPANY_TYPE = {
    "local_private": "Private company limited by shares",
    "local_public": "Public company limited by shares",
    "guarantee": "Company limited by guarantee",
    "unlimited": "Unlimited company",
    "open_ended_fund": "Open-ended fund company",
    "non_hong_kong": "Registered non-Hong Kong company",
}
# The register goes on calling these live: what they are is another register's, or ours, to say.
_STILL_LIVE = frozenset(
    {
        "live",
        "dormant",
        "registration_expired",
        "receiver",
        "name_being_changed",
        "restored",
        "unattended",
    }
)


def describe_world(world: InventedWorld) -> dict[str, list[Entry]]:
    persons = {person.hkid: person for person in world.persons}
    companies = {company.ubi: company for company in world.companies}
    return {"companies": [_company(company, persons, companies) for company in world.companies]}


def _company(
    company: InventedCompany,
    persons: Mapping[str, InventedPerson],
    companies: Mapping[str, InventedCompany],
) -> Entry:
    entry = {
        "ubi": company.ubi,
        "register": _REGISTER.get(company.kind, "business"),
        "status": "live" if company.status in _STILL_LIVE else company.status,
        "name_en": company.name.en or None,
        "name_tc": company.name.tc or None,
        "company_type": _COMPANY_TYPE.get(company.kind),
        "incorporated_on": company.formed_on.isoformat(),
        "place_of_incorporation": company.place_of_formation or None,
        "registered_office": _bilingual(company.address),
        "officers": [_officer(officer, persons, companies) for officer in company.officers],
        "share_capital": _capital(company),
        "members": [
            {**_names(persons[hkid].name), "shares": shares} for hkid, shares in company.shares
        ],
        "business_registration": company.registration
        and _registration(company, company.registration),
        "licences": [_licence(company, licence) for licence in company.licences],
    }
    if company.successor_ubi:
        entry["successor"] = company.successor_ubi
    return entry


def _names(name: Name) -> Entry:
    return {"name_en": name.en or None, "name_tc": name.tc or None}


def _bilingual(address: Name) -> str:
    """Print an address as the Companies Registry does: both languages in one line."""
    return " ".join(part for part in (address.en.upper(), address.tc) if part)


def _officer(
    officer: InventedOfficer,
    persons: Mapping[str, InventedPerson],
    companies: Mapping[str, InventedCompany],
) -> Entry:
    period = {
        "capacity": officer.capacity,
        "appointed_on": officer.appointed_on.isoformat(),
        "ceased_on": officer.ceased_on.isoformat() if officer.ceased_on else None,
    }
    if officer.ubi:
        firm = companies[officer.ubi]
        return {**_names(firm.name), **period, "kind": "company", "ubi": officer.ubi}
    person = persons[officer.hkid]
    return {
        **_names(person.name),
        **period,
        "kind": "person",
        "identity_number": person.hkid,
        "residential_address": _bilingual(person.home),
    }


def _capital(company: InventedCompany) -> Entry | None:
    if not company.shares:
        return None
    issued = sum(shares for _, shares in company.shares)
    return {
        "currency": "HKD",
        "issued_shares": issued,
        "issued": f"{issued}.00",
        "paid_up": f"{issued}.00",
    }


def _registration(company: InventedCompany, registration: InventedRegistration) -> Entry:
    return {
        "nature": registration.nature,
        "commenced_on": company.formed_on.isoformat(),
        "branches": [
            {
                "branch": "000",
                "address": _bilingual(company.address),
                "certificate_number": registration.certificate_number,
                "expires_on": registration.valid_until.isoformat(),
            }
        ],
    }


def _licence(company: InventedCompany, licence: InventedLicence) -> Entry:
    premises = next(each for each in company.premises if each.name == licence.premises_name)
    return {
        "number": licence.number,
        "kind": licence.kind,
        "department": "Food Licensing Department",
        "premises_name": premises.name,
        "premises_address": _bilingual(premises.address),
        "issued_on": licence.issued_on.isoformat(),
        "expires_on": licence.expires_on.isoformat(),
        "status": "in_force",
    }
