"""The page between an e-service and the portal: sign in, choose, agree; or not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from authentication.models import (
    BrowserSession,
    Capacity,
    CompanyStatus,
    EServiceSession,
    Grant,
    PairwiseSubject,
    PushedRequest,
    SignInConsent,
)
from authentication.services.openid.forget_requests import forget_requests
from authentication.services.openid.require_unrevoked import REVOKED
from tests.authentication.e_service import (
    REDIRECT_URI,
    Relying,
    answer_of,
    approve,
    make_relying,
    read_claims,
    seen_on,
    sign_in_code,
)
from tests.makers import make_company, make_member, make_officer, make_person
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def relying() -> Relying:
    return make_relying()


@pytest.fixture
def director() -> Any:
    person = make_person("Lee Siu Ming", email="lee@harvest.example")
    person.company = make_company()  # type: ignore[attr-defined]  # for the tests to find
    make_officer(person.company, person)  # type: ignore[attr-defined]  # set above
    return person


@pytest.fixture
def browser(client: Client, director: Any) -> Client:
    sign_in_as(client, director, company=director.company)
    return client


def test_a_stranger_signs_in_first_and_comes_back(relying: Relying, client: Client) -> None:
    address = relying.address()

    response = client.get(address)

    assert response.status_code == 303
    assert response["Location"].startswith("/sign-in?next=%2Foauth%2Fauthorize%3Fclient_id")


def test_the_page_says_who_acts_and_what_is_shared(relying: Relying, browser: Client) -> None:
    page = browser.get(relying.address())

    assert page.status_code == 200
    text = page.content.decode()
    assert "Lee Siu Ming, director of Golden Harvest Trading Limited" in text
    assert "Licence renewal will learn" in text
    assert "does not learn your name" in text


def test_a_yes_sends_a_code_state_and_issuer_back_by_303(
    relying: Relying, browser: Client
) -> None:
    response = approve(browser, relying.address())

    assert response["Location"].startswith(f"{REDIRECT_URI}?")
    answer = answer_of(response)
    assert set(answer) == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("some-state", settings.BASE_URL)


def test_a_no_sends_access_denied_back(relying: Relying, browser: Client) -> None:
    address = relying.address()
    browser.get(address)

    answer = answer_of(browser.post(address, {"decision": "deny"}))

    assert answer["error"] == "access_denied"
    assert answer["iss"] == settings.BASE_URL
    assert browser.get(address).status_code == 410


def test_a_yes_is_remembered_until_what_is_shared_changes(
    relying: Relying, browser: Client
) -> None:
    approve(browser, relying.address())

    assert "code" in answer_of(browser.get(relying.address()))
    assert browser.get(relying.address(scope="openid companies")).status_code == 200
    assert browser.get(relying.address(prompt="consent")).status_code == 200


def test_a_changed_capacity_asks_again(
    relying: Relying, browser: Client, director: Any
) -> None:
    approve(browser, relying.address())
    director.offices.update(capacity=Capacity.SECRETARY)

    page = browser.get(relying.address())

    assert page.status_code == 200
    assert "company secretary of Golden Harvest" in page.content.decode()


def test_what_changed_while_the_page_was_read_is_not_shared(
    relying: Relying, browser: Client, director: Any
) -> None:
    address = relying.address()
    seen = seen_on(browser.get(address))
    director.offices.update(capacity=Capacity.SECRETARY)

    response = browser.post(address, {"decision": "approve", "seen": seen})

    assert response.status_code == 409
    assert not Grant.objects.exists()


def test_a_yes_without_having_seen_the_page_is_refused(
    relying: Relying, browser: Client
) -> None:
    response = browser.post(relying.address(), {"decision": "approve"})

    assert response.status_code == 409


def test_authority_that_ended_while_the_page_was_read_is_not_used(
    relying: Relying, browser: Client, director: Any
) -> None:
    address = relying.address()
    seen = seen_on(browser.get(address))
    director.company.status = CompanyStatus.STRUCK_OFF
    director.company.save()

    response = browser.post(address, {"decision": "approve", "seen": seen})

    assert response.status_code == 403
    assert not Grant.objects.exists()


def test_a_company_that_may_not_sign_in_is_told_why_and_may_go_back(
    relying: Relying, browser: Client, director: Any
) -> None:
    director.company.status = CompanyStatus.STRUCK_OFF
    director.company.save()
    address = relying.address()

    page = browser.get(address)

    assert page.status_code == 403
    assert "status on the register does not allow this" in page.content.decode()
    assert answer_of(browser.post(address, {"decision": "deny"}))["error"] == "access_denied"


def test_a_member_without_the_power_to_sign_in_is_refused(
    relying: Relying, client: Client, director: Any
) -> None:
    clerk = make_person("Ho Ka Yan", email="ho@harvest.example")
    make_member(director.company, clerk, "viewer")
    sign_in_as(client, clerk, company=director.company)

    assert client.get(relying.address()).status_code == 403


def test_a_form_drawn_for_another_company_is_refused(
    relying: Relying, browser: Client, director: Any
) -> None:
    address = relying.address()
    page = browser.get(address)
    other = make_company("Chan Kee Noodles")
    make_officer(other, director)
    browser.post("/choose-company", {"company": other.id})

    response = browser.post(
        address,
        {"decision": "approve", "seen": seen_on(page), "drawn_for": director.company.ubi},
    )

    assert response.status_code == 409
    assert not Grant.objects.exists()


def test_of_two_tabs_one_answers(relying: Relying, browser: Client) -> None:
    address = relying.address()
    seen = seen_on(browser.get(address))
    answer_of(browser.post(address, {"decision": "approve", "seen": seen}))

    again = browser.post(address, {"decision": "approve", "seen": seen})

    assert again.status_code == 410
    assert Grant.objects.count() == 1


@pytest.mark.parametrize("missing", ["client_id", "request_uri"])
def test_a_request_that_was_not_pushed_gets_a_page_not_a_redirect(
    relying: Relying, browser: Client, missing: str
) -> None:
    name, value = ("client_id", relying.client_id)
    query = f"{name}={value}" if missing == "request_uri" else f"request_uri=urn:x&{missing}x=1"

    response = browser.get(
        f"/oauth/authorize?{query}&redirect_uri={REDIRECT_URI}&response_type=code&scope=openid"
    )

    assert response.status_code == 400


def test_a_repeated_parameter_is_refused(relying: Relying, browser: Client) -> None:
    response = browser.get(f"{relying.address()}&client_id={relying.client_id}")

    assert response.status_code == 400


def test_parameters_beside_the_pushed_ones_are_ignored(
    relying: Relying, browser: Client
) -> None:
    address = f"{relying.address()}&redirect_uri=https://attacker.example&state=other&scope=x"

    answer = approve(browser, address)

    assert answer["Location"].startswith(f"{REDIRECT_URI}?")
    assert answer_of(answer)["state"] == "some-state"


def test_a_request_of_another_client_is_refused(relying: Relying, browser: Client) -> None:
    other = make_relying()
    address = relying.address().replace(relying.client_id, other.client_id)

    assert browser.get(address).status_code == 400


def test_a_request_waits_90_seconds_for_its_browser(
    relying: Relying, director: Any, client: Client
) -> None:
    with time_machine.travel(datetime(2026, 3, 3, tzinfo=UTC), tick=False) as clock:
        sign_in_as(client, director, company=director.company)
        early, late = relying.address(), relying.address()

        clock.shift(timedelta(seconds=89))
        assert client.get(early).status_code == 200
        clock.shift(timedelta(seconds=2))
        assert client.get(late).status_code == 410


def test_a_request_may_be_opened_again_until_it_is_answered(
    relying: Relying, browser: Client
) -> None:
    address = relying.address()

    assert [browser.get(address).status_code for _ in range(3)] == [200, 200, 200]
    answer_of(approve(browser, address))
    assert browser.get(address).status_code == 410


def test_a_login_in_progress_survives_the_90_seconds_in_its_own_browser(
    relying: Relying, director: Any, client: Client
) -> None:
    with time_machine.travel(datetime(2026, 3, 3, tzinfo=UTC), tick=False) as clock:
        address = relying.address()
        assert client.get(address).status_code == 303
        clock.shift(timedelta(minutes=10))
        sign_in_as(client, director, company=director.company)

        assert Client().get(address).status_code == 410
        assert client.get(address).status_code == 200
        clock.shift(timedelta(minutes=21))
        assert client.get(address).status_code == 410


def test_prompt_none_answers_at_once(relying: Relying, director: Any, client: Client) -> None:
    assert answer_of(client.get(relying.address(prompt="none")))["error"] == "login_required"

    make_officer(make_company("Chan Kee Noodles"), director)
    sign_in_as(client, director)
    answer = answer_of(client.get(relying.address(prompt="none")))
    assert answer["error"] == "account_selection_required"

    client.post("/choose-company", {"company": director.company.id})
    assert answer_of(client.get(relying.address(prompt="none")))["error"] == "consent_required"

    approve(client, relying.address())
    assert "code" in answer_of(client.get(relying.address(prompt="none")))


def test_prompt_login_signs_in_again(relying: Relying, director: Any, client: Client) -> None:
    with time_machine.travel(datetime(2026, 3, 3, tzinfo=UTC), tick=False) as clock:
        sign_in_as(client, director, company=director.company)
        clock.shift(timedelta(minutes=1))
        address = relying.address(prompt="login")
        assert client.get(address)["Location"].startswith("/sign-in?")
        clock.shift(timedelta(minutes=1))
        sign_in_as(client, director, company=director.company)

        assert client.get(address).status_code == 200


def test_signing_in_again_for_one_e_service_leaves_the_others_alone(
    relying: Relying, browser: Client, director: Any
) -> None:
    other = make_relying()
    token = other.exchange(sign_in_code(other, browser)).json()["access_token"]

    assert browser.get(relying.address(prompt="login")).status_code == 303
    REVOKED.clear()

    assert not BrowserSession.objects.open().exists()
    assert other.call(token, "/oauth/userinfo").status_code == 200


@pytest.mark.parametrize(("max_age", "again"), [("59", True), ("60", False), ("0", True)])
def test_max_age_signs_in_again_when_it_is_exceeded(
    relying: Relying, director: Any, client: Client, max_age: str, *, again: bool
) -> None:
    with time_machine.travel(datetime(2026, 3, 3, tzinfo=UTC), tick=False) as clock:
        sign_in_as(client, director, company=director.company)
        clock.shift(timedelta(seconds=60))
        address = relying.address(max_age=max_age)

        assert (client.get(address).status_code == 303) is again
        sign_in_as(client, director, company=director.company)
        clock.shift(timedelta(seconds=60))
        assert client.get(address).status_code == 200


def test_select_account_offers_the_choice_once(relying: Relying, browser: Client) -> None:
    address = relying.address(prompt="select_account")

    assert browser.get(address)["Location"].startswith("/choose-company?next=")
    assert browser.get(address).status_code == 200


@pytest.mark.parametrize(
    ("level", "met"), [("2", True), ("1", True), ("3", False), ("9", False)]
)
def test_an_essential_acr_is_met_or_refused(
    relying: Relying, browser: Client, level: str, *, met: bool
) -> None:
    claims = (
        '{"id_token": {"acr": {"essential": true, "values": ["%s/acr/%s"]}}}'  # noqa: UP031  braces
        % (settings.BASE_URL, level)
    )

    response = browser.get(relying.address(claims=claims))

    if met:
        assert response.status_code == 200
    else:
        assert answer_of(response)["error"] == "unmet_authentication_requirements"


def test_wished_acr_values_are_only_wishes(relying: Relying, browser: Client) -> None:
    response = browser.get(relying.address(acr_values=f"{settings.BASE_URL}/acr/3"))

    assert response.status_code == 200


def test_pages_on_the_way_allow_a_form_to_end_at_the_e_service(
    relying: Relying, browser: Client, director: Any
) -> None:
    stranger = Client()
    before = stranger.get("/sign-in")["Content-Security-Policy"]
    stranger.get(relying.address())
    on_the_way = stranger.get("/sign-in")["Content-Security-Policy"]

    assert "form-action 'self';" in f"{before};"
    assert "form-action 'self' https://form.example" in on_the_way
    assert (
        "form-action 'self' https://form.example"
        in (browser.get(relying.address())["Content-Security-Policy"])
    )
    approve(browser, relying.address())


def test_the_subject_is_the_person_in_this_company_for_this_sector(
    relying: Relying, browser: Client, director: Any
) -> None:
    other_company = make_company("Chan Kee Noodles")
    make_officer(other_company, director)
    same_sector = make_relying(sector_identifier=relying.row.sector_identifier)
    other_sector = make_relying()

    subjects = []
    for e_service in (relying, same_sector, other_sector):
        code = sign_in_code(e_service, browser)
        subjects.append(read_claims(e_service.exchange(code).json()["id_token"])["sub"])
    browser.post("/choose-company", {"company": other_company.id})
    code = sign_in_code(relying, browser)
    subjects.append(read_claims(relying.exchange(code).json()["id_token"])["sub"])

    first, same, other, for_other_company = subjects
    assert first == same
    assert len({first, other, for_other_company}) == 3
    assert PairwiseSubject.objects.count() == 3


def test_one_browser_has_one_session_at_an_e_service_for_a_company(
    relying: Relying, browser: Client
) -> None:
    sign_in_code(relying, browser)
    sign_in_code(relying, browser)

    assert EServiceSession.objects.count() == 1
    assert Grant.objects.count() == 2
    assert SignInConsent.objects.count() == 1


@pytest.mark.parametrize(
    ("locales", "words"),
    [
        ("zh-HK en", "登入"),
        ("fr zh-Hans", "登录"),
        ("fr", "Sign in to"),
        ("en zh-Hant", "Sign in to"),
        ("../x \u2603", "Sign in to"),
    ],
)
def test_the_page_speaks_the_language_of_the_e_service(
    relying: Relying, browser: Client, locales: str, words: str
) -> None:
    page = browser.get(relying.address(ui_locales=locales))

    assert f"{words}" in page.content.decode()


def test_a_language_chosen_here_goes_before_that_of_the_e_service(
    relying: Relying, browser: Client
) -> None:
    browser.cookies["language"] = "zh-hans"

    page = browser.get(relying.address(ui_locales="en"))

    assert "登录" in page.content.decode()


def test_what_was_pushed_is_forgotten_after_a_day(relying: Relying) -> None:
    pushed_at = timezone.now()
    relying.address()
    day = timedelta(days=1)

    forget_requests(at=pushed_at + day + timedelta(minutes=31))
    assert PushedRequest.objects.count() == 1
    forget_requests(at=pushed_at + day + timedelta(minutes=32))
    assert PushedRequest.objects.count() == 0
