"""Choosing the company, and two tabs that disagree."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from authentication.models import Capacity, Person
from corpid.audit.models import Event
from tests.makers import make_company, make_officer, make_person
from tests.signing_in import PASSWORD, code_of, give_device, sign_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Person:
    return make_person("Lee Siu Ming", email="lee@example.com")


def test_signing_in_chooses_the_only_company(client: Client, person: Person) -> None:
    company = make_company()
    make_officer(company, person)

    answer = _sign_in(client, person)

    assert answer["Location"] == "/"
    assert company.ubi in client.get("/company").content.decode()
    assert _choices_recorded() == [str(company.id)]


def test_of_two_companies_signing_in_chooses_none(client: Client, person: Person) -> None:
    for name in ("First Limited", "Second Limited"):
        make_officer(make_company(name), person)

    answer = _sign_in(client, person)

    assert answer["Location"] == "/choose-company"
    assert client.get("/company")["Location"].startswith("/choose-company")
    assert _choices_recorded() == []


def test_a_refused_sign_in_chooses_nothing(client: Client, person: Person) -> None:
    make_officer(make_company(), person)

    answer = _sign_in(client, person, password="wrong")

    assert answer.status_code == 422
    assert _choices_recorded() == []


def test_opening_the_page_chooses_nothing_even_of_one(client: Client, person: Person) -> None:
    """A picture's address on another site is enough to open a page here."""
    sign_in_as(client, person)
    company = make_company()
    make_officer(company, person)

    page = client.get("/choose-company?next=/company")

    assert company.ubi in page.content.decode()
    assert _choices_recorded() == []
    assert client.get("/company")["Location"].startswith("/choose-company")


def _sign_in(client: Client, person: Person, *, password: str = PASSWORD) -> Any:
    assert person.account is not None
    code = code_of(give_device(person.account))
    email = person.account.email
    return client.post("/sign-in", {"email": email, "password": password, "code": code})


def _choices_recorded() -> list[str]:
    chosen = Event.objects.filter(kind="authentication.company_chosen")
    return [str(event.company_id) for event in chosen]


def test_of_many_one_is_chosen_and_the_bar_says_in_which_capacity(
    client: Client, person: Person
) -> None:
    make_officer(make_company("First Limited"), person)
    second = make_company("Second Limited")
    make_officer(second, person, Capacity.SECRETARY)

    sign_in_as(client, person, company=second)

    page = client.get("/").content.decode()
    assert "Second Limited" in page
    assert "company secretary" in page


def test_none_is_said_so(client: Client, person: Person) -> None:
    sign_in_as(client, person)

    assert "may not act for any company" in client.get("/choose-company").content.decode()


def test_a_company_of_others_can_not_be_chosen(client: Client, person: Person) -> None:
    theirs = make_company()
    make_officer(theirs, make_person("Somebody Else"))
    sign_in_as(client, person)

    answer = client.post("/choose-company", {"company": theirs.id})

    assert answer.status_code == 403
    assert "not_acting_for_company" in answer.content.decode()


@pytest.mark.parametrize("value", ["", "x", "0"])
def test_no_company_at_all_is_refused_alike(client: Client, person: Person, value: str) -> None:
    sign_in_as(client, person)

    assert client.post("/choose-company", {"company": value}).status_code == 403


def test_search_finds_by_either_name_and_by_number(client: Client, person: Person) -> None:
    wanted = make_company("Harbour Noodles Limited", name_tc="海港麵家有限公司")
    for number in range(3):
        make_officer(make_company(f"Other {number} Limited", name_tc="其他"), person)
    make_officer(wanted, person)
    sign_in_as(client, person)

    for words in ("harbour", "海港", wanted.ubi):
        page = client.get("/choose-company", {"q": words}).content.decode()
        assert "Harbour Noodles Limited" in page
        assert "Other 1 Limited" not in page


def test_the_queries_are_as_many_for_thirty_companies_as_for_two(
    client: Client, person: Person
) -> None:
    for number in range(2):
        make_officer(make_company(f"Client {number} Limited"), person)
    sign_in_as(client, person)
    with CaptureQueriesContext(connection) as two:
        client.get("/choose-company")
    for number in range(2, 30):
        make_officer(make_company(f"Client {number} Limited"), person)

    with CaptureQueriesContext(connection) as thirty:
        client.get("/choose-company")

    assert len(thirty) == len(two)


def test_a_form_drawn_for_another_company_changes_nothing(
    client: Client, person: Person
) -> None:
    drawn_for, now = make_company("Drawn For Limited"), make_company("Now Limited")
    for company in (drawn_for, now):
        make_officer(company, person)
    sign_in_as(client, person, company=now)

    answer = client.post("/sign-in/step-up", {"drawn_for": drawn_for.ubi})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "You switched to Now Limited in another tab" in page
    assert "Switch back to Drawn For Limited" in page


def test_the_page_of_two_tabs_tells_nothing_about_companies_of_others(
    client: Client, person: Person
) -> None:
    mine, theirs = make_company("Mine Limited"), make_company("Secret Limited")
    make_officer(mine, person)
    sign_in_as(client, person, company=mine)

    answer = client.post("/sign-in/step-up", {"drawn_for": theirs.ubi})

    assert answer.status_code == 409
    assert "Secret Limited" not in answer.content.decode()


def test_who_has_left_office_no_longer_acts_at_the_next_request(
    client: Client, person: Person
) -> None:
    company = make_company()
    office = make_officer(company, person)
    sign_in_as(client, person, company=company)
    office.delete()

    answer = client.get("/company")

    assert answer["Location"].startswith("/choose-company")
