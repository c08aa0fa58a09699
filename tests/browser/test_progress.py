"""A page that shows progress goes on asking, whatever the answers were."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.catalogue import ROOT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
]

ORIGIN = "https://progress.example"
PAGE = """<!doctype html><html lang="en"><title>Progress</title><body>
<div data-progress-url="/progress"><span data-progress-message>Waiting</span>
<progress></progress></div>
<script type="module" src="/static/corpid.js"></script></body></html>"""


class Answers:
    """What the server says each time it is asked; `None`: nothing, the network is away."""

    def __init__(self) -> None:
        self.coming: list[tuple[int, str] | None] = []
        self.asked = 0

    def __call__(self, route: Route) -> None:
        self.asked += 1
        answer = self.coming.pop(0) if self.coming else None
        if answer is None:
            route.abort()
        else:
            route.fulfill(status=answer[0], body=answer[1], content_type="application/json")


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def page(chromium: Browser, answers: Answers) -> Iterator[Page]:
    """Give a page whose clock stands still until a test moves it."""
    page = chromium.new_page()
    page.route(f"{ORIGIN}/", lambda it: it.fulfill(body=PAGE, content_type="text/html"))
    page.route(f"{ORIGIN}/end", lambda it: it.fulfill(body="The end", content_type="text/html"))
    page.route(
        f"{ORIGIN}/static/**",
        lambda it: it.fulfill(path=ROOT / it.request.url.removeprefix(f"{ORIGIN}/")),
    )
    page.route(f"{ORIGIN}/progress", answers)
    page.clock.install()
    page.goto(f"{ORIGIN}/")
    expect(page.locator("body.js-enabled")).to_be_attached()
    yield page
    page.close()


def test_after_errors_and_no_network_it_shows_progress_and_goes_on_at_the_end(
    page: Page, answers: Answers
) -> None:
    signed_out = (200, "<p>Sign in</p>")
    half = (200, '{"done": 1, "total": 2, "message": "Half"}')
    answers.coming = [(503, "{}"), None, signed_out, half, (200, '{"next": "/end"}')]

    for _ in range(20):
        page.clock.run_for("00:01")
        page.wait_for_timeout(50)
        if answers.asked == 4:
            expect(page.locator("[data-progress-message]")).to_have_text("Half")
        if page.url == f"{ORIGIN}/end":
            break

    assert page.url == f"{ORIGIN}/end"
    assert answers.asked == 5


def test_while_nothing_answers_it_asks_ever_more_slowly_and_never_stops(
    page: Page, answers: Answers
) -> None:
    asked = []
    for _ in range(4):
        before = answers.asked
        for _ in range(60):
            page.clock.run_for("00:01")
            page.wait_for_timeout(5)
        asked.append(answers.asked - before)

    assert asked[0] <= 6
    assert asked[1:] == [2, 2, 2]
