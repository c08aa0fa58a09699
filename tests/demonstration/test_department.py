"""The department's sample, started by the run command and driven over HTTP like a browser."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.portal import Page, Portal, one_time_code
from tests.running import Product

pytestmark = pytest.mark.journey


def person(product: Product, email: str) -> dict[str, Any]:
    (found,) = [each for each in product.sandbox["persons"] if each["email"].startswith(email)]
    return dict(found)


@pytest.fixture
def department(running: Product) -> Iterator[Portal]:
    browser = Portal(running.sandbox["examples"]["department"])
    yield browser
    browser.http.close()


@pytest.fixture
def corp_id(running: Product) -> Iterator[Portal]:
    browser = Portal(running.base_url)
    yield browser
    browser.http.close()


def sign_in(running: Product, department: Portal, corp_id: Portal, email: str) -> None:
    """Sign in to the form: to Corp ID and back, as the browser goes."""
    left = department.open("/").press("Continue with Corp ID")
    asked = corp_id.sign_in(person(running, email), page=corp_id.open(left.url))
    back = asked.press("Continue") if "Continue" in buttons(asked) else asked
    assert department.open(back.url).url.endswith("/form")


def test_a_person_signs_in_and_the_form_knows_the_company(
    running: Product, department: Portal, corp_id: Portal
) -> None:
    sign_in(running, department, corp_id, "wingsum.yip")

    page = department.open("/form")

    assert "Lantern Bay Design Limited · 90471182 · acting as director" in page.text


def test_the_form_arrives_filled_in_and_its_sources_are_shown(
    running: Product, department: Portal, corp_id: Portal
) -> None:
    sign_in(running, department, corp_id, "siuming.lee")

    left = department.open("/form").press("Fetch the details from the registers")
    asked = corp_id.open(left.url)
    asked.press(next(name for name in buttons(asked) if name.startswith("Agree and send")))
    page = filled(department)

    assert value(page, "business.name_en") == "Golden Harvest Trading Limited"
    assert value(page, "business.name_tc") == "金穗貿易有限公司"
    assert 'data-status="ok" readonly' in page.html
    assert "Inland Revenue" in page.text
    assert "(Hong Kong time)" in page.text

    # What a register vouches for keeps its value, whatever the browser sends.
    page.press("Next: read and sign", Name_in_English="Evil Limited", Telephone="2345 6789")
    after = department.open("/form")
    assert value(after, "business.name_en") == "Golden Harvest Trading Limited"
    assert value(after, "contact_phone") == "2345 6789"


def test_the_company_signs_the_form_and_the_department_files_it(
    running: Product, department: Portal, corp_id: Portal
) -> None:
    sign_in(running, department, corp_id, "wingsum.yip")
    left = department.open("/form").press("Fetch the details from the registers")
    asked = corp_id.open(left.url)
    asked.press(next(name for name in buttons(asked) if name.startswith("Agree and send")))
    paper = filled(department).press("Next: read and sign", Telephone="2345 6789")

    # The sole director signs alone, after a fresh proof of who she is.
    left = paper.press("Have it signed with Corp ID")
    assert left.url.startswith(running.base_url), left.text
    confirm = corp_id.open(left.url).press("Approve and sign")
    owner = person(running, "wingsum.yip")
    confirm.press(
        "Confirm",
        Password=owner["password"],
        One_time_code=one_time_code(owner["totp_secret"]),
    )
    received = signed(department)

    assert 'data-level="green"' in received.html
    assert "Yip Wing Sum" in received.text
    assert "Filed as BRD-" in received.text
    pdf = department.http.get("/signed.pdf").content
    assert pdf.startswith(b"%PDF-")
    assert b"ETSI.CAdES.detached" in pdf


def signed(department: Portal) -> Page:
    """Look again, as the waiting page does by itself, until the receipt is there."""
    deadline = time.monotonic() + 60
    while not (page := department.open("/signing")).url.endswith("/receipt"):
        assert "Waiting for signatures" in page.text
        assert time.monotonic() < deadline, page.text
        time.sleep(1)
    return page


def buttons(page: Page) -> list[str]:
    return [name for form in page.forms for name in form.buttons]


def filled(department: Portal) -> Page:
    """Look again, as the waiting page does by itself, until the result is there."""
    deadline = time.monotonic() + 20
    while not (page := department.open("/filled")).url.endswith("/form"):
        assert "Waiting for the company" in page.text
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return page


def value(page: Page, name: str) -> str:
    (form,) = [form for form in page.forms if "Next: read and sign" in form.buttons]
    return dict(form.values)[name]


def test_who_says_no_at_corp_id_can_still_fill_in_by_hand(
    running: Product, department: Portal, corp_id: Portal
) -> None:
    left = department.open("/").press("Continue with Corp ID")
    asked = corp_id.sign_in(person(running, "katshing.ng"), page=corp_id.open(left.url))
    back = department.open(asked.press("Do not sign in").url)

    assert "access_denied" in back.html
    assert "Fill in by hand" in back.text


def test_the_form_can_be_typed_without_corp_id_and_becomes_a_pdf(department: Portal) -> None:
    typed = department.open("/form").press(
        "Next: read and sign", Name_in_English="Chan Kee Noodles", Telephone="2345 6789"
    )

    pdf = department.http.get("/paper.pdf")

    assert "Your form" in typed.text
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")


def test_a_code_of_another_browser_is_not_taken(department: Portal) -> None:
    department.open("/").press("Continue with Corp ID")

    answer = department.http.get("/callback?code=stolen&state=theirs&iss=http://evil.example")

    assert answer.headers["Location"] == "/"
    assert "acting as" not in department.open("/form").text


def test_a_form_of_another_site_is_refused(department: Portal) -> None:
    department.open("/")

    answer = department.http.post("/form", data={"form_token": "guessed"})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Renew a business registration"),
        ("zh-Hant", "商業登記續期"),
        ("zh-Hans", "商业登记续期"),
    ],
)
def test_its_pages_speak_three_languages(department: Portal, language: str, title: str) -> None:
    assert title in department.open(f"/?language={language}").text
    assert title in department.open("/form").text  # and go on doing so


def test_what_was_typed_is_text_on_the_page(department: Portal) -> None:
    department.open("/form").press("Next: read and sign", Telephone="<script>alert(1)</script>")

    assert "<script>alert" not in department.open("/form").html
