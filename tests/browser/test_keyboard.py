"""With the keyboard alone: sign in, skip to the content, choose a language."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.visiting import Look, visit
from tests.journeys.portal import one_time_code
from tests.running import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
]


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what a screen reader calls `name`."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(() => { const e = document.activeElement;"
            " return (e.labels?.[0]?.innerText || e.innerText || '').trim() })()"
        )
        if focused == name:
            return
    pytest.fail(f"the focus never reached {name!r}")


def test_signing_in_needs_no_mouse(chromium: Browser, running: Product) -> None:
    person = running.sandbox["persons"][1]
    with visit(chromium, running.base_url, Look()) as visited:
        visited.open("/sign-in")
        page = visited.page

        _tab_to(page, "Email")
        page.keyboard.type(person["email"])
        page.keyboard.press("Tab")
        page.keyboard.type(person["password"])
        page.keyboard.press("Tab")
        page.keyboard.type(one_time_code(person["totp_secret"]))
        with page.expect_navigation():
            page.keyboard.press("Enter")

        assert page.get_by_role("button", name="Sign out").is_visible()


def test_the_first_stop_skips_to_the_content(chromium: Browser, running: Product) -> None:
    with visit(chromium, running.base_url, Look()) as visited:
        visited.open("/help")
        page = visited.page

        page.keyboard.press("Tab")
        page.keyboard.press("Enter")

        assert page.evaluate("document.activeElement.id") == "main"


def test_the_focus_is_always_seen(chromium: Browser, running: Product) -> None:
    with visit(chromium, running.base_url, Look()) as visited:
        visited.open("/")
        page = visited.page
        for _ in range(15):
            page.keyboard.press("Tab")
            seen = page.evaluate(
                "(() => { const e = document.activeElement;"
                " if (e === document.body) return true; const s = getComputedStyle(e);"
                " const box = e.getBoundingClientRect();"
                " const shows = s.outlineStyle !== 'none' || s.boxShadow !== 'none';"
                " return shows && box.height > 0 && box.bottom > 0"
                " && box.top < innerHeight })()"
            )
            assert seen, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


def test_the_language_is_chosen_by_keyboard_and_stays(
    chromium: Browser, running: Product
) -> None:
    with visit(chromium, running.base_url, Look()) as visited:
        visited.open("/help")
        page = visited.page

        _tab_to(page, "繁體中文")
        with page.expect_navigation():
            page.keyboard.press("Enter")

        assert page.url.endswith("/help")
        assert page.locator("html").get_attribute("lang") == "zh-hant"
