"""While the sign-in of one e-service is off, it and its people are told so; others go on."""

from typing import Any

import pytest
from django.test import Client

from corpid.operations.models import SwitchedFunction
from tests.authentication.e_service import Relying, approve, make_relying, sign_in_code
from tests.makers import make_company, make_officer, make_person
from tests.signing_in import sign_in_as
from tests.switches import switch_off, switch_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def relying() -> Relying:
    return make_relying()


@pytest.fixture
def browser(client: Client) -> Client:
    person, company = make_person(email="lee@harvest.example"), make_company()
    make_officer(company, person)
    sign_in_as(client, person, company=company)
    return client


def assert_away(answer: Any) -> None:
    """RFC 6749 has no code for the token endpoint; ours is that of section 4.1.2.1."""
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert answer.json()["error"] == "temporarily_unavailable"


def test_oauth_doors_say_503_and_when_to_come_back(relying: Relying, browser: Client) -> None:
    code = sign_in_code(relying, browser)
    relying.learn_nonce()
    switch_off(SwitchedFunction.LOGIN, client_id=relying.client_id)

    assert_away(relying.push())
    assert_away(relying.exchange(code))


def test_a_token_it_had_before_rests_and_is_good_again_afterwards(
    relying: Relying, browser: Client
) -> None:
    token = relying.exchange(sign_in_code(relying, browser)).json()["access_token"]
    off = switch_off(SwitchedFunction.LOGIN, client_id=relying.client_id)

    assert_away(relying.call(token, "/oauth/userinfo"))
    refused = relying.call(token, "/api/v1/companies")
    assert (refused.status_code, refused["Retry-After"]) == (503, "60")
    assert refused.json()["code"] == "sign_in_switched_off"

    switch_on(off)
    assert relying.call(token, "/oauth/userinfo").status_code == 200


def test_the_person_gets_a_page_and_is_sent_nowhere(relying: Relying, browser: Client) -> None:
    address = relying.address()
    off = switch_off(SwitchedFunction.LOGIN, client_id=relying.client_id)

    page = browser.get(address)

    assert page.status_code == 503
    assert page["Retry-After"] == "60"
    assert "Signing in to this e-service is switched off for now." in page.content.decode()

    switch_on(off)
    assert approve(browser, address).status_code == 303


def test_a_yes_given_after_the_switch_was_turned_is_refused(
    relying: Relying, browser: Client
) -> None:
    address = relying.address()
    seen = browser.get(address).context["digest"]
    switch_off(SwitchedFunction.LOGIN, client_id=relying.client_id)

    answer = browser.post(address, {"decision": "approve", "seen": seen})

    assert answer.status_code == 503


def test_other_e_services_go_on(relying: Relying, browser: Client) -> None:
    switch_off(SwitchedFunction.LOGIN, client_id=relying.client_id)
    other = make_relying()

    answer = other.exchange(sign_in_code(other, browser))

    assert answer.status_code == 200
