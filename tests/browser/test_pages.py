"""Each page: no serious finding, no complaint of the browser, as wide as the window, light."""

import time

import pytest
from django.utils.text import slugify
from playwright.sync_api import Browser, Response, StorageState

from tests.browser.conftest import SignedIn
from tests.browser.visiting import EVERY_LOOK, SOME_LOOKS, Look, Visit, visit
from tests.running import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "fonts-noto-cjk"),
]

PUBLIC = [
    "/",
    "/verify",
    "/sign-in",
    "/help",
    "/help/signing-in",
    "/help/acrobat",
    "/help/paper",
    "/status",
    "/legal/privacy",
    "/legal/terms",
    "/legal/accessibility",
    "/developers",
    "/developers/reference",
    "/problems/sign_in_refused",
]
SIGNED_IN = [
    "/",
    "/choose-company",
    "/inbox",
    "/sign",
    "/sign/new",
    "/company",
    "/company/people",
    "/company/activity",
    "/mandates",
    "/consents",
    "/wallet",
    "/account",
    "/account/security",
    "/account/notices",
]
PAGE_WEIGHT = 250_000


def _check(visited: Visit, path: str, look: Look, *, name: str = "", status: int = 200) -> None:
    assert visited.open(path) == status
    language = visited.page.locator("html").get_attribute("lang")
    visited.keep_screenshot(f"{name or path.strip('/').replace('/', '-') or 'home'}-{look}")
    assert (visited.findings(), visited.complaints, visited.overflow(), language) == (
        [],
        [],
        0,
        look.language,
    )


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_fit_for_everybody(
    chromium: Browser, running: Product, path: str
) -> None:
    for look in SOME_LOOKS:
        with visit(chromium, running.base_url, look) as visited:
            _check(visited, path, look)


@pytest.mark.parametrize("path", SIGNED_IN)
def test_a_page_of_a_signed_in_person_is_fit_for_everybody(
    chromium: Browser, running: Product, director: StorageState, path: str
) -> None:
    for look in SOME_LOOKS:
        with visit(chromium, running.base_url, look, state=director) as visited:
            _check(visited, path, look, name="start" if path == "/" else "")


@pytest.mark.soak
@pytest.mark.parametrize("look", EVERY_LOOK, ids=str)
def test_every_page_in_every_look(
    chromium: Browser, running: Product, director: StorageState, look: Look
) -> None:
    with visit(chromium, running.base_url, look) as visited:
        for path in PUBLIC:
            _check(visited, path, look)
    with visit(chromium, running.base_url, look, state=director) as visited:
        for path in SIGNED_IN:
            _check(visited, path, look, name="start" if path == "/" else "")


@pytest.mark.parametrize("look", SOME_LOOKS, ids=str)
def test_a_page_that_is_not_there_is_fit_for_everybody(
    chromium: Browser, running: Product, look: Look
) -> None:
    with visit(chromium, running.base_url, look) as visited:
        status = visited.open("/no-such-page")
        visited.keep_screenshot(f"not-found-{look}")

        assert (status, visited.findings(), visited.overflow()) == (404, [], 0)


@pytest.mark.parametrize("look", SOME_LOOKS, ids=str)
def test_a_form_with_errors_is_fit_for_everybody(
    chromium: Browser, running: Product, look: Look
) -> None:
    with visit(chromium, running.base_url, look) as visited:
        visited.open("/sign-in")
        with visited.page.expect_navigation():
            visited.page.locator("main button[type=submit]").click()
        visited.keep_screenshot(f"sign-in-errors-{look}")

        summary = visited.page.locator(".govuk-error-summary")
        assert summary.evaluate("summary => summary === document.activeElement")
        assert (visited.findings(), visited.overflow()) == ([], 0)


ADMIN = [
    "/admin/",
    "/admin/authentication/company/",
    "/admin/jobs/job/",
    "/admin/audit/",
    "/admin/audit/?ubi=&since=&until=&kinds=",  # today's, of all companies
]


@pytest.mark.parametrize("path", ADMIN)
def test_a_page_of_the_reading_room_lives_under_the_same_policy(
    chromium: Browser, running: Product, caseworker: StorageState, path: str
) -> None:
    with visit(chromium, running.base_url, Look(), state=caseworker) as visited:
        status = visited.open(path)
        visited.keep_screenshot(f"admin-{slugify(path.replace('/', '-'))}")

        assert (status, visited.complaints, visited.findings()) == (200, [], [])


def _seconds_to_open(visited: Visit, path: str) -> float:
    """Open it; of several times the least is the product's, the rest is the machine's."""
    began = time.monotonic()
    visited.open(path)
    return time.monotonic() - began


def test_an_agent_with_many_clients_finds_one_within_a_second(
    chromium: Browser, running: Product, signed_in: SignedIn
) -> None:
    [agent] = [each for each in running.sandbox["persons"] if len(each["companies"]) > 20]
    for look in SOME_LOOKS:
        with visit(chromium, running.base_url, look, state=signed_in(agent)) as visited:
            _check(visited, "/choose-company", look, name="choose-company-many")
            clients = visited.page.locator(".corpid-choice").count()
            ubi = agent["companies"][-1]["ubi"]

            took = min(_seconds_to_open(visited, f"/choose-company?q={ubi}") for _ in range(3))

            assert clients == len(agent["companies"])
            assert visited.page.locator(".corpid-choice").count() == 1
            assert took < 1


def test_a_page_weighs_little(
    chromium: Browser, running: Product, director: StorageState
) -> None:
    with visit(chromium, running.base_url, Look(), state=director) as visited:
        answers: list[Response] = []
        visited.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  Playwright takes no built-in
        visited.open("/")
        visited.page.wait_for_load_state("networkidle")

        assert 0 < sum(len(answer.body()) for answer in answers) <= PAGE_WEIGHT


def test_the_policy_lets_no_inline_script_run(chromium: Browser, running: Product) -> None:
    with visit(chromium, running.base_url, Look()) as visited:
        visited.open("/")
        visited.page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'),"
            " {textContent: 'window.ran = true'}))"
        )

        assert visited.page.evaluate("window.ran") is None
        assert any("Content Security Policy" in line for line in visited.complaints)


def test_everything_a_person_needs_is_there_without_scripts(
    chromium: Browser, running: Product, director: StorageState
) -> None:
    narrow = Look(width=320)
    with visit(chromium, running.base_url, narrow, state=director, scripts=False) as visited:
        visited.open("/")

        assert visited.page.get_by_role("navigation").get_by_text("Inbox").is_visible()
        assert visited.page.get_by_role("link", name="Change company").is_visible()
