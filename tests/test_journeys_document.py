"""docs/journeys.md stays true: files exist, addresses are ours, no journey is missing."""

import re
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "journeys.md").read_text()
QUOTED = sorted(set(re.findall(r"`([^`\n]+)`", TEXT)))
FILES = [quoted for quoted in QUOTED if re.search(r"[^/]/[^/]*\.[a-z]+$", quoted)]
ADDRESSES = [quoted for quoted in QUOTED if quoted.startswith("/")]
PROMISES = ("Identity", "Signing", "Pre-filled forms", "Wallet")


def patterns(resolver: URLResolver, before: str = "/") -> set[str]:
    """Give every route with its parameters written as in the document."""
    found = set()
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern).removeprefix("^").removesuffix("$")
        if isinstance(entry, URLPattern):
            found.add(re.sub(r"<(?:[a-z_]+:)?([a-z_]+)>", "{}", route))
        else:
            found |= patterns(entry, route)
    return found


@pytest.mark.parametrize("name", FILES)
def test_each_named_file_exists(name: str) -> None:
    assert (ROOT / name).is_file()


def test_each_named_address_is_one_of_ours() -> None:
    known = patterns(get_resolver())

    strangers = [
        address for address in ADDRESSES if re.sub(r"\{[^}]+\}", "{}", address) not in known
    ]

    assert strangers == []


def test_each_journey_has_its_place() -> None:
    told = {
        str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "journeys").glob("test_*.py")
    }

    assert told - set(FILES) == set()


@pytest.mark.parametrize("promise", PROMISES)
def test_each_promise_is_told_from_address_to_test(promise: str) -> None:
    section = re.search(rf"^## \d\. {promise}$(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)

    assert section is not None
    rows = [line for line in section[1].splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 4
    assert all(re.search(r"`tests/[^`]+`", row) for row in rows)


def test_the_document_names_something_at_all() -> None:
    assert len(FILES) > 40
    assert len(ADDRESSES) > 15
