"""README.md and the integrators' pages stay true: their links lead somewhere."""

import re
from pathlib import Path

import pytest

from corpid.demonstration.invention.cast import CASEWORKERS, PERSONS
from corpid.demonstration.services.seed_account import SANDBOX_PASSWORD

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]


def links(page: Path) -> list[str]:
    found = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    return [link for link in found if "://" not in link and not link.startswith("mailto:")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_to_a_file(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link).exists()] == []


def test_the_readme_names_every_account_of_the_sandbox() -> None:
    text = (ROOT / "README.md").read_text()
    emails = [*(person.email for person in PERSONS), *(email for email, _ in CASEWORKERS)]

    assert [email for email in emails if email not in text] == []
    assert SANDBOX_PASSWORD in text
