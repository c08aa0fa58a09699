"""The bank's sample, started by the run command and driven over HTTP like a browser."""

import html
from collections.abc import Iterator

import pytest

from tests.demonstration.test_licensing import run, told
from tests.journeys.portal import Portal
from tests.running import Product

pytestmark = pytest.mark.journey


@pytest.fixture
def bank(running: Product) -> Iterator[Portal]:
    browser = Portal(running.sandbox["examples"]["bank"])
    yield browser
    browser.http.close()


@pytest.fixture
def wallet(running: Product) -> Iterator[Portal]:
    browser = Portal(running.base_url)
    yield browser
    browser.http.close()


def test_it_asks_by_qr_code_and_by_link(running: Product, bank: Portal) -> None:
    page = bank.open("/").press("Show it with Corp ID")

    picture = bank.http.get("/qr.svg")

    assert page.url.endswith("/asked")
    assert f'href="{running.base_url}/wallet/present?' in page.html
    assert 'http-equiv="refresh"' in page.html  # it looks again by itself
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert picture.text.startswith("<?xml") or picture.text.startswith("<svg")


def test_before_anything_was_shown_there_is_nothing_to_check(bank: Portal) -> None:
    assert bank.open("/checked").url.endswith("/")

    bank.open("/").press("Show it with Corp ID")

    assert bank.open("/checked").url.endswith("/asked")


def test_it_sees_a_licence_in_force_and_later_revoked(
    running: Product, bank: Portal, wallet: Portal
) -> None:
    licence = told(run(running, "issue_licence", "--ubi", "90471182", "--premises", "燈灣茶座"))
    asked = bank.open("/").press("Show it with Corp ID")
    link = html.unescape(asked.html.split('class="button" href="')[1].split('"')[0])

    (owner,) = [
        person
        for person in running.sandbox["persons"]
        if person["email"].startswith("wingsum.yip")
    ]
    offered = wallet.sign_in(owner, page=wallet.open(link))
    assert "Harbour Bank asks to see a licence" in offered.text
    sent = offered.press("Show it")
    assert "Harbour Bank" in sent.text

    shown = bank.open("/asked")
    assert shown.url.endswith("/checked")
    assert 'data-verdict="in_force"' in shown.html
    assert "燈灣茶座" in shown.text
    assert "Food Licensing Department" in shown.text

    told(run(running, "revoke_licence", licence["id"], "--reason", "A test", "--urgent"))
    assert 'data-verdict="revoked"' in bank.open("/checked").html


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Open a business account"),
        ("zh-Hant", "開立商業戶口"),
        ("zh-Hans", "开立商业账户"),
    ],
)
def test_its_pages_speak_three_languages(bank: Portal, language: str, title: str) -> None:
    assert title in bank.open(f"/?language={language}").text
