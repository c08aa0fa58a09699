"""The pieces that pages are made of."""

from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.stem)
def test_some_page_is_made_with_each(component: Path) -> None:
    included = f'"components/{component.name}"'

    users = [page for page in TEMPLATES.rglob("*.html") if included in page.read_text()]

    assert users != []
