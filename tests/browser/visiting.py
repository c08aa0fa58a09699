"""A visitor with a real Chromium: what they see, in which language, light and width."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState

from tests.journeys.portal import one_time_code

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
LOCALES = {"en": "en-GB", "zh-hant": "zh-HK", "zh-hans": "zh-CN"}
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
_AXE = {
    "runOnly": [
        *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"),
    ],
    "resultTypes": ["violations"],
}


@dataclass(frozen=True, slots=True)
class Look:
    language: str = "en"
    scheme: str = "light"
    width: int = 1280

    def __str__(self) -> str:
        return f"{self.language}-{self.scheme}-{self.width}"


EVERY_LOOK = [
    Look(language, scheme, width)
    for language in LOCALES
    for scheme in ("light", "dark")
    for width in (320, 1280)
]
# Each language, each scheme and each width at least once; the whole matrix is a soak test.
SOME_LOOKS = [Look(), Look("zh-hant", "dark", 320), Look("zh-hans", "light", 320)]


@dataclass(slots=True)
class Visit:
    """An open page and what the browser complained about."""

    page: Page
    base_url: str
    complaints: list[str] = field(default_factory=list)
    name: str = ""  # of the look, for screenshots

    def open(self, path: str) -> int:
        answer = self.page.goto(self.base_url + path)
        assert answer is not None
        return answer.status

    def findings(self) -> list[str]:
        """List axe's serious and critical findings, one line each."""
        violations: list[dict[str, Any]] = (
            Axe().run(self.page, options=_AXE).response["violations"]
        )
        return [
            f"{found['id']} ({found['impact']}): {found['help']}: {node['html'][:160]}"
            for found in violations
            if found["impact"] in {"serious", "critical"}
            for node in found["nodes"]
        ]

    def overflow(self) -> int:
        """Give by how many pixels the page is wider than the window."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )

    def keep_screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.evaluate(  # pictures below the fold load when they are scrolled to
            "Promise.all([...document.images].map(i => (i.loading = 'eager', i.decode())))"
        )
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@contextmanager
def visit(
    browser: Browser,
    base_url: str,
    look: Look,
    *,
    state: StorageState | None = None,
    scripts: bool = True,
) -> Iterator[Visit]:
    context = browser.new_context(
        locale=LOCALES[look.language],
        color_scheme=look.scheme,  # type: ignore[arg-type]  # light or dark
        viewport={"width": look.width, "height": 900},
        storage_state=state,
        java_script_enabled=scripts,
    )
    visited = Visit(context.new_page(), base_url)
    visited.page.on("pageerror", lambda error: visited.complaints.append(str(error)))
    visited.page.on(
        "console",
        lambda line: visited.complaints.append(line.text) if line.type == "error" else None,
    )
    try:
        yield visited
    finally:
        context.close()


def sign_in(visited: Visit, person: dict[str, Any]) -> None:
    visited.open("/sign-in")
    page = visited.page
    page.get_by_label("Email").fill(person["email"])
    page.get_by_label("Password").fill(person["password"])
    page.get_by_label("One-time code").fill(one_time_code(person["totp_secret"]))
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("button", name="Sign out").is_visible(), page.inner_text("main")
