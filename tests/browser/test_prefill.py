"""Promise 3 in a real Chromium: the consent screen, its progress, the way back, the list."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.visiting import SOME_LOOKS, Look, Visit, visit
from tests.journeys.client import Client
from tests.running import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "fonts-noto-cjk"),
]


@pytest.fixture
def bank(running: Product) -> Iterator[Client]:
    (registered,) = [
        one for one in running.sandbox["e_services"] if one["slug"] == "harbour-bank"
    ]
    client = Client(
        issuer=running.sandbox["issuer"],
        client_id=registered["client_id"],
        jwks=registered["private_jwks"],
        redirect_uri=registered["redirect_uris"][0],
    )
    yield client
    client.http.close()


def push(bank: Client, running: Product) -> dict[str, Any]:
    answer = bank.call(
        bank.own_token("prefill"),
        "POST",
        f"{running.sandbox['base_url']}/api/v1/prefill/requests",
        json={
            "form": "business-account-opening",
            "resume_uri": bank.redirect_uri.replace("callback", "forms/42"),
        },
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def check(visited: Visit, name: str, look: Look) -> None:
    language = visited.page.locator("html").get_attribute("lang")
    visited.keep_screenshot(f"{name}-{look}")
    assert (visited.findings(), visited.complaints, visited.overflow(), language) == (
        [],
        [],
        0,
        look.language,
    )


def path_of(address: str, running: Product) -> str:
    return address.removeprefix(running.base_url)


@pytest.mark.parametrize("look", SOME_LOOKS, ids=str)
def test_the_pages_of_a_consent_are_fit_for_everybody(
    chromium: Browser, running: Product, director: StorageState, bank: Client, look: Look
) -> None:
    pushed = push(bank, running)
    with visit(chromium, running.base_url, look, state=director) as visited:
        assert visited.open(path_of(pushed["consent_url"], running)) == 200
        check(visited, "consents-new", look)
        visited.page.goto(visited.page.url + "&preview=1")
        check(visited, "consents-new-preview", look)
        visited.page.locator("button[value=nothing]").click()
        visited.page.wait_for_url("**/forms/**")
        check(visited, "forms-refused", look)
        visited.open("/consents")
        check(visited, "consents", look)
        visited.page.locator("main table a").first.click()
        check(visited, "consent", look)


def button_says(page: Page) -> str:
    return page.locator("button[value=agree]").inner_text().strip()


def test_the_number_on_the_button_follows_the_ticks(
    chromium: Browser, running: Product, director: StorageState, bank: Client
) -> None:
    pushed = push(bank, running)
    with visit(chromium, running.base_url, Look(), state=director) as visited:
        visited.open(path_of(pushed["consent_url"], running))
        before = button_says(visited.page)
        visited.page.get_by_label("Issued share capital").uncheck()
        unticked = button_says(visited.page)
        visited.page.get_by_label("Issued share capital").check()
        ticked = button_says(visited.page)

    number = int(re.sub(r"\D", "", before))
    assert (unticked, ticked) == (f"Agree and send {number - 1}", before)


def test_a_yes_is_followed_live_and_leads_back_to_the_bank(
    chromium: Browser, running: Product, director: StorageState, bank: Client
) -> None:
    faults = running.sandbox["registers"]["faults_url"]
    fault = {"register": "business_registration", "fault": "slow", "seconds": 1.5}
    pushed = push(bank, running)
    with visit(chromium, running.base_url, Look(), state=director) as visited:
        page = visited.page
        visited.open(path_of(pushed["consent_url"], running))
        httpx2.post(faults, json=fault).raise_for_status()
        try:
            page.route("**/forms/42", lambda route: route.fulfill(body="back at the bank"))
            page.locator("button[value=agree]").click()
            page.wait_for_url("**/forms/pre_*")
            expect(page.locator("progress")).to_be_visible()
            visited.keep_screenshot("forms-fetching")
            page.wait_for_url("**/forms/42", timeout=15_000)
        finally:
            httpx2.delete(faults).raise_for_status()
        visited.open(f"/forms/{pushed['id']}")
        check(visited, "forms-ready", Look())
