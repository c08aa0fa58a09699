"""The company's pages: overview, people, mandates; and my account."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authentication.models import BrowserSession, Capacity, Company, Person, Restriction
from authentication.powers import POWERS, SIGN_IN
from authentication.services.establish_catalogue import establish_catalogue
from corpid.keys.bounded import forget_everything
from tests.makers import (
    BEFORE,
    make_company,
    make_mandate,
    make_member,
    make_officer,
    make_person,
)
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Person:
    return make_person("Lee Siu Ming", email="lee@example.com")


@pytest.fixture
def company(client: Client, person: Person) -> Company:
    company = make_company()
    make_officer(company, person)
    make_officer(company, make_person("Chan Ka Yan"))
    sign_in_as(client, person, company=company)
    return company


def test_the_overview_says_who_signs(client: Client, company: Company) -> None:
    page = client.get("/company").content.decode()

    assert company.ubi in page
    assert "2 directors" in page


def test_a_rule_names_how_many_there_are_to_choose_from(
    client: Client, company: Company
) -> None:
    make_officer(company, make_person("Ho Wai Kit"))

    assert "any 2 of 3 directors" in client.get("/company").content.decode()


def test_people_lists_officers_and_members_with_roles(client: Client, company: Company) -> None:
    make_member(company, make_person("Ho Clerk"), "filer")
    make_officer(company, make_company("ABC Secretaries Limited"), Capacity.SECRETARY)

    page = client.get("/company/people").content.decode()

    for shown in (
        "Lee Siu Ming",
        "Chan Ka Yan",
        "ABC Secretaries Limited",
        "Ho Clerk",
        "Filer",
    ):
        assert shown in page


def test_mandates_read_as_sentences(client: Client, company: Company) -> None:
    establish_catalogue(powers=POWERS)
    agent = make_company("ABC Secretaries Limited")
    make_mandate(company, agent, SIGN_IN)
    make_mandate(make_company("Client Limited"), company, SIGN_IN)

    page = client.get("/mandates").content.decode()

    given = "Golden Harvest Trading Limited lets ABC Secretaries Limited act for it."
    received = "Client Limited lets Golden Harvest Trading Limited act for it."
    assert given in page
    assert received in page
    assert "Sign in to e-services for the company" in page


def test_a_chain_names_the_firm_in_between(client: Client, company: Company) -> None:
    establish_catalogue(powers=POWERS)
    firm = make_company("ABC Secretaries Limited")
    first = make_mandate(company, firm, SIGN_IN, may_subdelegate=True)
    make_mandate(company, make_person("Outside Clerk"), SIGN_IN, parent=first)

    page = client.get("/mandates").content.decode()

    assert "ABC Secretaries Limited lets Outside Clerk act for Golden Harvest" in page


def test_a_member_without_the_power_does_not_see_the_company(client: Client) -> None:
    clerk = make_person("No Powers", email="clerk@example.com")
    company = make_company()
    make_member(company, clerk)
    sign_in_as(client, clerk, company=company)

    answer = client.get("/company")

    assert answer.status_code == 403
    assert "no_authority" in answer.content.decode()


def _restrict(company: Company, *, may_be_told: bool) -> None:
    Restriction.objects.create(
        subject_kind=Restriction.SubjectKind.COMPANY,
        subject_id=company.id,
        kind=Restriction.Kind.COURT_ORDER,
        order_number="HCA 1/2026",
        powers=["corpid.sign"],
        valid_from=BEFORE,
        may_be_told=may_be_told,
    )


def test_a_restriction_is_shown(client: Client, company: Company) -> None:
    _restrict(company, may_be_told=True)

    assert "court order" in client.get("/company").content.decode()


def test_a_restriction_that_must_not_be_told_is_not(client: Client, company: Company) -> None:
    _restrict(company, may_be_told=False)

    page = client.get("/company").content.decode()
    assert "court order" not in page
    assert "stopped" not in page


def _queries(client: Client, address: str) -> int:
    forget_everything()  # what a process asks once a second is asked each time
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


def test_the_queries_are_as_many_for_three_people_and_mandates_as_for_one(
    client: Client, company: Company
) -> None:
    establish_catalogue(powers=POWERS)
    addresses = ("/company", "/company/people", "/mandates")

    def add() -> None:
        member = make_member(company, make_person(), "filer", "signer")
        make_officer(company, make_person())
        make_officer(company, make_company(), Capacity.SECRETARY)
        passed_on = make_mandate(company, make_company(), SIGN_IN, may_subdelegate=True)
        make_mandate(company, make_person(), SIGN_IN, parent=passed_on)
        make_mandate(company, member, SIGN_IN)
        make_mandate(make_company(), company, SIGN_IN)
        make_mandate(make_company(), member, SIGN_IN)

    add()
    once = [_queries(client, address) for address in addresses]
    add()
    add()

    assert [_queries(client, address) for address in addresses] == once


@pytest.mark.usefixtures("company")
def test_the_queries_are_as_many_for_three_browsers_as_for_one(
    client: Client, person: Person
) -> None:
    assert person.account is not None
    once = _queries(client, "/account/security")
    now = timezone.now()
    for _ in range(2):
        BrowserSession.objects.create(account=person.account, started_at=now, seen_at=now)

    assert _queries(client, "/account/security") == once


@pytest.mark.parametrize("address", ["/company", "/company/people", "/mandates", "/account"])
def test_signed_out_the_way_leads_to_sign_in_and_back(client: Client, address: str) -> None:
    answer = client.get(address)

    assert answer["Location"].startswith("/sign-in?next=")


def test_the_account_shows_the_tail_of_the_document_only(
    client: Client, company: Company
) -> None:
    page = client.get("/account").content.decode()

    assert "Hong Kong identity card ending in 3(7)" in page
