"""Notices, the inbox and the start page."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from authentication.models import Company, Person
from corpid.notices.catalogue import CATALOGUE
from corpid.notices.models import Notice
from corpid.notices.services.complete_tasks import complete_tasks
from corpid.notices.services.notify_person import notify_person
from corpid.notices.services.word_notice import word_notice
from tests.makers import NOW, make_company, make_officer, make_person
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db


def _ask(person: Person, company: Company | None = None, number: int = 1) -> Notice:
    return notify_person(
        kind="signatures.approval_asked",
        person_id=person.id,
        company_id=company.id if company else None,
        at=NOW,
        subject=f"signature-request:{number}",
        path=f"/sign/{number}/approve",
        facts={
            "document": f"Agreement {number}",
            "asker": "Wong Mei Ling",
            "company": {"en": "Golden Harvest", "zh-hant": "金穗"},
        },
    )


@pytest.fixture
def person() -> Person:
    return make_person("Lee Siu Ming", email="lee@example.com")


def test_the_same_thing_is_told_once(person: Person) -> None:
    first, second = _ask(person), _ask(person)

    assert first.id == second.id


def test_a_fact_may_have_a_word_for_each_language(person: Person) -> None:
    notice = _ask(person)

    with translation.override("zh-hant"):
        chinese = word_notice(notice=notice).text

    assert "Golden Harvest" in word_notice(notice=notice).text
    assert "金穗" in chinese


def test_a_missing_fact_shows_when_raised_not_when_read(person: Person) -> None:
    with pytest.raises(KeyError):
        notify_person(
            kind="signatures.complete",
            person_id=person.id,
            at=NOW,
            subject="x",
            path="/sign/x",
            facts={"document": "Agreement"},
        )


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/"])
def test_a_notice_leads_to_pages_of_ours_only(person: Person, path: str) -> None:
    with pytest.raises(IntegrityError):
        notify_person(
            kind="security.signed_in_from_new_browser",
            person_id=person.id,
            at=NOW,
            subject="x",
            path=path,
            facts={},
        )


def test_a_vote_complete_without_somebody_is_done_for_all(person: Person) -> None:
    other = make_person("Chan Ka Yan")
    _ask(person)
    _ask(other)

    done = complete_tasks(
        kind="signatures.approval_asked", subject="signature-request:1", at=NOW
    )

    assert done == 2
    assert not Notice.objects.waiting().exists()


def test_the_start_page_shows_the_next_three(client: Client, person: Person) -> None:
    for number in range(4):
        _ask(person, number=number)
    Notice.objects.filter(subject="signature-request:3").update(
        due_at=timezone.now() + timedelta(hours=1)
    )
    sign_in_as(client, person)

    page = client.get("/").content.decode()

    assert page.count("Approve or decline: Agreement") == 3
    assert "Agreement 3" in page  # what ends first comes first
    assert "All 4 tasks" in page


def test_the_inbox_shows_the_chosen_company_or_all(client: Client, person: Person) -> None:
    first, second = make_company("First Limited"), make_company("Second Limited")
    for company, number in ((first, 1), (second, 2)):
        make_officer(company, person)
        _ask(person, company, number)
    sign_in_as(client, person, company=first)

    one = client.get("/inbox").content.decode()
    both = client.get("/inbox?company=all").content.decode()

    assert "Agreement 1" in one
    assert "Agreement 2" not in one
    assert "Agreement 2" in both


def test_the_badge_counts_tasks_until_done_and_news_until_read(
    client: Client, person: Person
) -> None:
    sign_in_as(client, person)  # itself news: from a new browser
    _ask(person)

    assert '<span class="corpid-badge">2' in client.get("/account").content.decode()
    client.post("/inbox/read")
    assert '<span class="corpid-badge">1' in client.get("/account").content.decode()


def test_nobody_sees_the_inbox_of_another(client: Client, person: Person) -> None:
    _ask(make_person("Chan Ka Yan"))
    sign_in_as(client, person)

    assert "Agreement" not in client.get("/inbox?company=all").content.decode()


def test_the_queries_are_as_many_for_ten_as_for_one(client: Client, person: Person) -> None:
    company = make_company()
    make_officer(company, person)
    _ask(person, company)
    sign_in_as(client, person, company=company)
    with CaptureQueriesContext(connection) as one:
        client.get("/inbox")
    for number in range(2, 12):
        _ask(person, company, number)

    with CaptureQueriesContext(connection) as many:
        client.get("/inbox")

    assert len(many) == len(one)


def test_every_kind_is_raised_by_some_service() -> None:
    root = Path(__file__).resolve().parents[2]
    services = [
        path.read_text()
        for app in ("authentication", "signatures", "credentials", "prefill", "corpid/notices")
        for path in (root / app / "services").rglob("*.py")
    ]

    raised = {key for key in CATALOGUE if any(f'"{key}"' in text for text in services)}

    assert raised == CATALOGUE.keys()


def test_every_kind_is_worded_in_full_sentences() -> None:
    for key, kind in CATALOGUE.items():
        assert key == kind.key
        assert kind.text.endswith(".")
        assert "password" not in kind.text
