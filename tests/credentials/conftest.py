"""A department, a bank, a company with a wallet, and the people who act for it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authentication.models import Company, EService, Person
from corpid.demonstration.services.establish_food_licence import establish_food_licence
from credentials.models import Credential, CredentialType
from credentials.powers import POWERS
from credentials.services.issue_credential import issue_credential
from signatures.services.establish_pki import establish_pki
from tests.makers import make_company, make_e_service, make_member, make_officer, make_person

AT = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)
EXPIRY = datetime(2027, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """Golden Harvest holds a food licence of the department; the bank wants to see it."""

    department: EService
    bank: EService
    company: Company
    director: Person
    licence: CredentialType

    def claims(self, company: Company | None = None, **changes: Any) -> dict[str, Any]:
        holder = company or self.company
        return {
            "licence_number": "2961800123",
            "holder": {"ubi": holder.ubi, "name_tc": "金穗貿易有限公司"},
            "premises": {"name": "陳記麵家", "address_en": "1 Temple Street, Yau Ma Tei"},
            "conditions": ["no open fire", "closes at 23:00"],
            **changes,
        }

    def issue(self, company: Company | None = None, **options: Any) -> Credential:
        holder = company or self.company
        return issue_credential(
            **{
                "issuer": self.department,
                "credential_type": self.licence,
                "ubi": holder.ubi,
                "claims": self.claims(holder),
                "premises": {"name": "陳記麵家", "address_en": "1 Temple Street, Yau Ma Tei"},
                "valid_from": AT,
                "expires_at": EXPIRY,
                "at": AT,
                **options,
            }
        )


def enrol(company: Company) -> Company:
    company.enrolled_at = AT - timedelta(days=30)
    company.save(update_fields=["enrolled_at"])
    return company


@pytest.fixture
def world(db: None) -> World:
    establish_pki(at=AT - timedelta(days=1))
    department, bank = make_e_service("fehd"), make_e_service("harbour-bank")
    company, director = enrol(make_company()), make_person(email="director@example.hk")
    make_officer(company, director)
    return World(
        department, bank, company, director, establish_food_licence(issuer=department, at=AT)
    )


@pytest.fixture
def other_company(db: None) -> Company:
    return enrol(make_company("Chan Kee Noodles Limited", name_tc="陳記麵家有限公司"))


@pytest.fixture
def clerk(world: World) -> Person:
    """A member without any power in the wallet."""
    person = make_person("Clerk Cheung", email="clerk@example.hk")
    make_member(world.company, person, "signer", powers=POWERS)
    return person
