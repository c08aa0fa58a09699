"""docs/notices.md says who is told of what, and the code does it: no more and no less."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from django.urls import get_resolver

from corpid.notices.catalogue import CATALOGUE
from corpid.notices.event_types import EVENT_TYPES
from tests.test_journeys_document import patterns

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "notices.md"
APPS = ("authentication", "signatures", "credentials", "prefill", "corpid")
# What tells, and passes on what it is given to tell: the first two are the ground's own.
TELLERS = {
    "notify_person": "corpid/notices/services/notify_person.py",
    "tell_e_service": "corpid/notices/services/tell_e_service.py",
    "tell_who_runs": "authentication/services/tell_who_runs.py",
    "tell_who_knows": "authentication/services/tell_who_knows.py",
    "end_request": "",  # raises notices of its own too
    "tell_company": "credentials/services/tell_company.py",
    "tell_issuer": "credentials/services/tell_issuer.py",
    "tell_person": "prefill/services/tell_person.py",
    "tell_asker": "{app}/services/tell_asker.py",
}
NO_DOOR = "no door yet: "


@dataclass(frozen=True, slots=True)
class Row:
    event: str
    to: str
    key: str
    told_by: tuple[str, ...]
    door: str


def rows(part: str) -> list[Row]:
    text = PAGE.read_text().split("\n## ")
    (table,) = [piece for piece in text if piece.startswith(part)]
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    return [_row(line) for line in lines]


def _row(line: str) -> Row:
    event, to, key, last = (cell.strip() for cell in line.strip("|").split("|"))
    is_missing = last.startswith(NO_DOOR)
    return Row(
        event=event,
        to=to,
        key=key.strip("`"),
        told_by=() if is_missing else tuple(re.findall(r"`([^`]+)`", last)),
        door=last.removeprefix(NO_DOOR).strip("`") if is_missing else "",
    )


PERSONS, E_SERVICES = rows("Persons"), rows("E-services")
ALL = [*PERSONS, *E_SERVICES]
TOLD = [(row.key, path) for row in ALL for path in row.told_by]


def _tells(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in TELLERS
        for node in ast.walk(tree)
    )


def telling_files() -> Iterator[str]:
    """Give each module that tells of something, but for those that only pass it on."""
    passing_on = {path.format(app=app) for path in TELLERS.values() if path for app in APPS}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if name not in passing_on and _tells(ast.parse(path.read_text())):
                yield name


TELLING = list(telling_files())


def words_of(name: str) -> set[str]:
    """Give the texts that stand in a module or are imported by name, and members of enums."""
    tree = ast.parse((ROOT / name).read_text())
    module = import_module(name.removesuffix(".py").replace("/", "."))
    texts = {value for value in vars(module).values() if isinstance(value, str)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.add(node.value)
        elif isinstance(node, ast.Attribute):
            texts.add(node.attr.lower())
    return texts


def test_every_notice_and_event_of_the_code_has_its_row() -> None:
    assert {row.key for row in PERSONS if row.key} == CATALOGUE.keys()
    assert {row.key for row in E_SERVICES if row.key} == EVENT_TYPES.keys()


def test_no_notice_has_two_rows() -> None:
    keys = [
        (row.key, part) for part in (0, 1) for row in (PERSONS, E_SERVICES)[part] if row.key
    ]

    assert len(keys) == len(set(keys))


def test_every_row_is_told_by_somebody_or_names_the_door_that_will() -> None:
    for row in ALL:
        assert bool(row.told_by) != bool(row.door), row
        assert row.to, row
        assert row.key or row.door, row


@pytest.mark.parametrize(("key", "path"), TOLD)
def test_what_is_claimed_to_be_told_is_told_there(key: str, path: str) -> None:
    words = words_of(path)

    assert path in TELLING
    assert key in words or key.rpartition(".")[2] in words


@pytest.mark.parametrize("path", TELLING)
def test_whatever_tells_is_named_in_the_table(path: str) -> None:
    named = {key for key, where in TOLD if where == path}
    raised = words_of(path) & (CATALOGUE.keys() | EVENT_TYPES.keys())
    elsewhere = {"signatures.approval_asked", "prefill.consent_asked"}  # tasks that it ends

    assert named
    assert raised - named - elsewhere == set()


@pytest.mark.parametrize("key", sorted({row.key for row in ALL if row.told_by}))
def test_each_is_seen_to_be_told_by_a_test_of_its_own(key: str) -> None:
    tests = [
        path.read_text()
        for path in (ROOT / "tests").rglob("test_*.py")
        if path != Path(__file__)
    ]
    last = key.rpartition(".")[2]

    assert any(f'"{key}"' in text or f'"{last}"' in text for text in tests)


def test_a_door_that_has_come_to_be_tells() -> None:
    known = patterns(get_resolver())

    built = [row.event for row in ALL if re.sub(r"\{[^}]+\}", "{}", row.door) in known]

    assert built == []


def test_the_test_itself_finds_a_claim_that_nothing_keeps() -> None:
    words = words_of("authentication/services/sign_in.py")

    assert "security.signed_in_from_new_browser" in words
    assert not {"security.check_phrase_changed", "check_phrase_changed"} & words
    assert "authentication/services/prove_again.py" not in TELLING
