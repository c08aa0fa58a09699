"""The four promises in a real Chromium, from the demonstration e-services' own pages.

Each step's screenshot is kept: they are looked at before a release.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import SignedIn
from tests.browser.visiting import Look, Visit, visit
from tests.running import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("running"),
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
    press(page, "Show it", "出示")
    page.wait_for_load_state()
    visited.keep_screenshot(f"promise-4-sent-{visited.name}")
    page.goto(running.sandbox["examples"]["bank"] + "/checked")
    visited.keep_screenshot(f"promise-4-checked-{visited.name}")

    assert "29" in page.inner_text("main")
