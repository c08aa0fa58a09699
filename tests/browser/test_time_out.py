"""A sign-in that is about to end says so, and one press extends it."""

import pytest
from playwright.sync_api import Browser, StorageState, expect

from tests.browser.visiting import Look, visit
from tests.running import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
]


def test_five_minutes_before_the_end_one_press_extends_the_sign_in(
    chromium: Browser, running: Product, director: StorageState
) -> None:
    with visit(chromium, running.base_url, Look(width=320), state=director) as visited:
        page = visited.page
        page.clock.install()
        visited.open("/account")
        stay = page.get_by_role("button", name="Stay signed in")

        page.clock.run_for("54:00")
        expect(stay).to_be_hidden()
        page.clock.run_for("02:00")
        expect(stay).to_be_visible()
        visited.keep_screenshot("time-out")
        assert (visited.findings(), visited.overflow()) == ([], 0)

        with page.expect_response("**/account/keep-session") as kept:
            stay.click()
        assert kept.value.status == 204
        expect(stay).to_be_hidden()
