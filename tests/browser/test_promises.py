"""The four promises in a real Chromium, from the demonstration e-services' own pages.

Each step's screenshot is kept: they are looked at before a release.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, StorageState, expect

from tests.browser.conftest import SignedIn
from tests.browser.visiting import Look, Visit, visit
from tests.journeys.portal import one_time_code
from tests.journeys.test_signing import agreement
from tests.running import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
]


@pytest.fixture(params=[Look(), Look("zh-hant", "dark", 320)], ids=["wide", "phone in Chinese"])
def visited(
    request: pytest.FixtureRequest,
    chromium: Browser,
    running: Product,
    director: StorageState,
) -> Iterator[Visit]:
    look: Look = request.param
    with visit(chromium, running.base_url, look, state=director) as visited:
        visited.name = str(look)
        yield visited
        assert visited.complaints == []


def press(page: Page, *names: str) -> None:
    """Press the button or link that has one of these names (one for each language)."""
    for name in names:
        for role in ("button", "link"):
            found = page.get_by_role(role, name=name)
            if found.count():
                found.first.click()
                return
    pytest.fail(f"none of {names} on {page.url}: {page.inner_text('body')[:500]}")


def test_a_department_learns_for_whom_a_director_acts_and_gets_the_form_filled(
    visited: Visit, running: Product
) -> None:
    page = visited.page
    page.goto(running.sandbox["examples"]["department"])
    visited.keep_screenshot(f"promise-1-department-{visited.name}")
    press(page, "Continue with Corp ID", "以 Corp ID 繼續")
    page.wait_for_load_state()
    if "/oauth/authorize" in page.url:
        visited.keep_screenshot(f"promise-1-agree-{visited.name}")
        assert visited.overflow() <= 0
        assert visited.findings() == []
        press(page, "Continue", "繼續")
    expect(page.get_by_text("71234567")).to_be_visible()

    press(page, "Fetch the details from the registers", "向登記冊索取資料")
    page.wait_for_url("**/consents/new?**")
    visited.keep_screenshot(f"promise-3-consent-{visited.name}")
    assert visited.overflow() <= 0
    assert visited.findings() == []
    press(page, "Agree and send", "同意並傳送")
    page.wait_for_url("**/form", timeout=20_000)
    visited.keep_screenshot(f"promise-3-filled-{visited.name}")

    assert "188" in page.content()  # of Shanghai Street, from the register


def test_a_bank_is_shown_a_licence(
    visited: Visit, running: Product, signed_in: SignedIn
) -> None:
    page = visited.page
    visited.open("/wallet")
    visited.keep_screenshot(f"promise-4-wallet-{visited.name}")
    assert visited.overflow() <= 0
    assert visited.findings() == []
    page.goto(running.sandbox["examples"]["bank"])
    press(page, "Show it with Corp ID", "以 Corp ID 出示")
    visited.keep_screenshot(f"promise-4-bank-asks-{visited.name}")
    press(page, "Open the wallet", "開啟證照夾")
    page.wait_for_url("**/wallet/present?**")
    visited.keep_screenshot(f"promise-4-decide-{visited.name}")
    assert visited.overflow() <= 0
    assert visited.findings() == []
    if page.get_by_role("radio").count():  # one of several licences
        page.get_by_role("radio").first.check()
    press(page, "Show it", "出示")
    page.wait_for_load_state()
    visited.keep_screenshot(f"promise-4-sent-{visited.name}")
    page.goto(running.sandbox["examples"]["bank"] + "/checked")
    visited.keep_screenshot(f"promise-4-checked-{visited.name}")

    assert "29" in page.inner_text("main")


def test_two_directors_sign_a_document(
    visited: Visit,
    running: Product,
    chromium: Browser,
    signed_in: SignedIn,
    tmp_path: Path,
) -> None:
    page = visited.page
    lee, chan = running.sandbox["persons"][:2]
    document = FilePayload(
        name="agreement.pdf", mimeType="application/pdf", buffer=agreement("Supply agreement")
    )
    visited.open("/sign/new")
    page.locator("input[type=file]").set_input_files(document)
    page.locator("input[name=title]").fill("Supply agreement")
    visited.keep_screenshot(f"promise-2-new-{visited.name}")
    assert visited.overflow() <= 0
    assert visited.findings() == []
    press(page, "Ask for signatures", "要求簽署")
    page.wait_for_url("**/sign/sig_*")
    reference = page.url.rsplit("/", 1)[-1]
    _approve(visited, lee, reference, f"promise-2-first-{visited.name}")
    visited.keep_screenshot(f"promise-2-waiting-{visited.name}")

    look = Look()
    with visit(chromium, running.base_url, look, state=signed_in(chan)) as second:
        _approve(second, chan, reference, f"promise-2-second-{visited.name}")
        download = second.page.get_by_role("button", name="Download the signed document")
        download.wait_for(timeout=30_000)
        second.keep_screenshot(f"promise-2-complete-{visited.name}")
        with second.page.expect_download() as downloading:
            download.click()
        signed = tmp_path / "signed.pdf"
        downloading.value.save_as(signed)

    visited.open("/verify")
    visited.keep_screenshot(f"promise-2-verify-{visited.name}")
    page.locator("input[type=file]").set_input_files(signed)
    press(page, "Check this file", "查核此檔案")
    page.wait_for_url("**/verify/ver_*")
    page.get_by_text("This file is exactly").or_(page.get_by_text("此檔案與")).first.wait_for(
        timeout=30_000
    )
    visited.keep_screenshot(f"promise-2-verdict-{visited.name}")
    assert visited.overflow() <= 0
    assert visited.findings() == []


def _approve(visited: Visit, person: dict[str, Any], reference: str, name: str) -> None:
    visited.open(f"/sign/{reference}/approve")
    page = visited.page
    visited.keep_screenshot(name)
    assert visited.overflow() <= 0
    assert visited.findings() == []
    press(page, "Approve and sign", "批准並簽署")
    page.locator("input[name=password]").fill(person["password"])
    page.locator("input[name=code]").fill(one_time_code(person["totp_secret"]))
    visited.keep_screenshot(f"{name}-step-up")
    press(page, "Confirm", "確認")
    page.wait_for_url(f"**/sign/{reference}")
