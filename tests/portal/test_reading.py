"""Reading changes nothing: every page, opened by GET and asked for by HEAD."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

import authentication.web.urls
import corpid.demonstration.web.urls
import corpid.portal.web.urls
from tests.authentication.e_service import make_relying
from tests.every_row import every_row
from tests.makers import make_company, make_officer, make_person
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db

PAGES = [
    pattern
    for module in (
        authentication.web.urls,
        corpid.portal.web.urls,
        corpid.demonstration.web.urls,
    )
    for pattern in module.urlpatterns
    if isinstance(pattern, URLPattern)
]
PARAMETERS: dict[str, dict[str, Any]] = {
    "end_session": {"session_id": uuid4()},
    "help_topic": {"topic": "paper"},
    "legal": {"topic": "terms"},
    "mail": {"mail_id": uuid4()},
}


@pytest.mark.parametrize("is_acting", [True, False], ids=["acting", "not yet acting"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_a_page_changes_no_row(client: Client, method: str, *, is_acting: bool) -> None:
    person = make_person(email="lee@example.com")
    if is_acting:
        make_officer(make_company(), person)
    sign_in_as(client, person)
    if not is_acting:  # one to choose, and nobody has chosen it
        make_officer(make_company(), person)
    before = every_row()

    changed = []
    for page in PAGES:
        getattr(client, method)(_address(page))
        if every_row() != before:
            changed.append(page.name)
            before = every_row()

    assert changed == []


def test_head_answers_as_get_does(client: Client) -> None:
    person = make_person(email="lee@example.com")
    make_officer(make_company(), person)
    sign_in_as(client, person)

    answers = {
        page.name: (client.get(_address(page)).status_code, client.head(_address(page)))
        for page in PAGES
    }

    differing = [name for name, (got, head) in answers.items() if head.status_code != got]
    assert differing == ["authorize"]  # it says why
    assert {b"".join(head) for _, head in answers.values()} == {b""}


def test_opening_what_an_e_service_asks_notes_the_visit_alone(client: Client) -> None:
    relying, person = make_relying(), make_person(email="lee@example.com")
    make_officer(make_company(), person)
    sign_in_as(client, person)
    address = relying.address()
    before = every_row()

    refused = client.head(address).status_code
    unchanged = every_row() == before
    opened = client.get(address).status_code

    after = every_row()
    assert (refused, unchanged, opened) == (405, True, 200)
    assert {label for label in after if after[label] != before[label]} == {
        "authentication.PushedRequest",
        "sessions.Session",
    }
    assert {label: len(rows) for label, rows in after.items()} == {
        label: len(rows) for label, rows in before.items()
    }


def _address(page: URLPattern) -> str:
    return reverse(str(page.name), kwargs=PARAMETERS.get(str(page.name), {}))
