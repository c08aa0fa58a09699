"""Bands on the pages concerned: what is off, and what is announced."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from corpid.keys.bounded import forget_everything
from corpid.operations.models import SwitchedFunction
from tests.makers import make_e_service
from tests.operations.test_outages import MINUTE, TEXTS, announce
from tests.switches import switch_off

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
@pytest.mark.parametrize(
    ("path", "is_concerned"),
    [("/", True), ("/status", True), ("/sign-in", False), ("/help", False)],
)
def test_a_band_shows_on_the_pages_concerned_in_the_readers_words(
    client: Client, language: str, path: str, *, is_concerned: bool
) -> None:
    now = timezone.now()
    announce(now, starts_at=now - MINUTE, ends_at=now + MINUTE)

    page = client.get(path, headers={"Accept-Language": language}).content.decode()

    assert (TEXTS[language] in page) is is_concerned


@pytest.mark.parametrize(("ahead", "is_shown"), [(72 * 60, True), (72 * 60 + 1, False)])
def test_a_band_tells_of_what_is_planned_three_days_before(
    client: Client, ahead: int, *, is_shown: bool
) -> None:
    now = timezone.now()
    starts_at = now + ahead * MINUTE - MINUTE / 2
    announce(now, starts_at=starts_at, ends_at=starts_at + MINUTE)

    assert (TEXTS["en"] in client.get("/").content.decode()) is is_shown


@pytest.mark.parametrize(
    ("path", "is_concerned"),
    [
        ("/", False),
        ("/status", True),
        ("/sign-in", False),
        ("/sign-in?client_id={}", True),
        ("/sign-in?client_id=esv_another", False),
    ],
)
def test_a_sign_in_that_is_off_shows_on_the_way_there_and_on_the_service_status(
    client: Client, path: str, *, is_concerned: bool
) -> None:
    bank = make_e_service("bank")
    switch_off(SwitchedFunction.LOGIN, client_id=bank.client_id)
    forget_everything()

    page = client.get(path.format(bank.client_id)).content.decode()

    assert ("Signing in to one e-service with Corp ID is off" in page) is is_concerned
    assert (f"Client ID of the e-service: {bank.client_id}" in page) is is_concerned


def rows_of(page: str) -> dict[str, str]:
    """Read the table: what is asked about, and its tag."""
    keys = re.findall(r'summary-list__key">(.*?)</dt>', page)
    tags = re.findall(r"<strong[^>]*govuk-tag[^>]*>(.*?)</strong>", page, re.DOTALL)
    return dict(zip(keys, map(str.strip, tags), strict=True))


@pytest.mark.parametrize(
    ("language", "name", "off", "working"),
    [
        ("en", "Signing", "Switched off", "Working"),
        ("zh-hant", "簽署", "已停用", "正常"),
        ("zh-hans", "签署", "已停用", "正常"),
    ],
)
def test_the_table_says_what_is_switched_off(
    client: Client, language: str, name: str, off: str, working: str
) -> None:
    switch_off(SwitchedFunction.SIGNING)

    page = client.get("/status", headers={"Accept-Language": language}).content.decode()

    rows = rows_of(page)
    assert rows.pop(name) == off
    assert set(rows.values()) == {working}


def test_the_table_says_that_all_works_and_that_one_sign_in_does_not(client: Client) -> None:
    before = rows_of(client.get("/status").content.decode())
    switch_off(SwitchedFunction.LOGIN, client_id=make_e_service("bank").client_id)

    after = rows_of(client.get("/status").content.decode())

    assert set(before.values()) == {"Working"}
    assert after == before | {
        "Signing in to e-services": "Switched off for one e-service or more"
    }


@pytest.mark.parametrize(("ends_in", "tag"), [(MINUTE, "Not working"), (-MINUTE, "Working")])
def test_the_table_says_what_was_announced_and_is_now(
    client: Client, ends_in: timedelta, tag: str
) -> None:
    now = timezone.now()
    announce(now, starts_at=now - 2 * MINUTE, ends_at=now + ends_in)
    forget_everything()

    assert rows_of(client.get("/status").content.decode())["Signing"] == tag


def test_markup_in_a_text_stays_text(client: Client) -> None:
    now = timezone.now()
    announce(now, starts_at=now, ends_at=None, texts=TEXTS | {"en": "<script>1</script>"})

    page = client.get("/").content.decode()

    assert "&lt;script&gt;1&lt;/script&gt;" in page
    assert "<script>1" not in page


def test_what_is_away_now_stands_above_what_is_planned(client: Client) -> None:
    now = timezone.now()
    announce(now, texts=TEXTS | {"en": "Later."})
    announce(now, starts_at=now - MINUTE, ends_at=None, texts=TEXTS | {"en": "At present."})

    page = client.get("/").content.decode()

    assert page.index("At present.") < page.index("Later.")
