"""The page of what a person is e-mailed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from authentication.models import Account, Person
from corpid.audit.models import Event
from corpid.notices.models import Notice, NoticeMail, NoticeSettings
from corpid.notices.services.change_settings import (
    CheckPhraseUnfit,
    NoticeAlwaysOn,
    change_settings,
)
from corpid.notices.services.find_settings import find_settings
from tests.makers import NOW, make_person
from tests.signing_in import sign_in_as

pytestmark = pytest.mark.django_db

ALL = [
    "prefill.consent_asked",
    "prefill.sent",
    "credentials.received",
    "credentials.status_changed",
]


@pytest.fixture
def person() -> Person:
    return make_person("Lee Siu Ming", email="lee@example.com")


@pytest.fixture
def browser(client: Client, person: Person) -> Client:
    sign_in_as(client, person)
    return client


def page(browser: Client) -> str:
    return browser.get("/account/notices").content.decode()


def test_it_shows_the_phrase_that_e_mails_show(browser: Client, person: Person) -> None:
    drawn = find_settings(person_id=person.id, language="en").check_phrase

    assert drawn in page(browser)
    assert page(browser).count("checked") >= len(ALL)


def test_looking_changes_nothing(browser: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        page(browser)

    assert not NoticeSettings.objects.exists()
    assert [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "DELETE"))] == []


def test_what_is_left_out_is_switched_off(browser: Client, person: Person) -> None:
    answer = browser.post("/account/notices", {"check_phrase": "", "mailed": ALL[:1]})

    assert answer.status_code == 302
    chosen = find_settings(person_id=person.id, language="en")
    assert chosen.switched_off == set(ALL[1:])
    assert "Your choices are saved." in page(browser)


def test_a_new_phrase_is_shown_told_and_kept_out_of_the_log(
    browser: Client, person: Person
) -> None:
    browser.post("/account/notices", {"check_phrase": " 藍色水壺 1997 ", "mailed": ALL})

    assert "藍色水壺 1997" in page(browser)
    notice = Notice.objects.get(kind="security.check_phrase_changed")
    assert notice.person_id == person.id
    event = Event.objects.get(kind="notices.settings_changed")
    assert event.facts == {"switched_off": [], "new_phrase": True}


def test_the_same_choices_again_tell_nobody(browser: Client) -> None:
    for _ in range(2):
        browser.post("/account/notices", {"check_phrase": "blue kettle", "mailed": ALL})

    assert Notice.objects.filter(kind="security.check_phrase_changed").count() == 1


@pytest.mark.parametrize(
    "phrase",
    [
        *("abc", "see https://evil.example", "me@evil.example", "www.evil.hk"),
        *("a\u202egnihtemos", "x" * 41),
    ],
)
def test_a_phrase_that_misleads_is_refused_beside_its_field(
    browser: Client, phrase: str
) -> None:
    answer = browser.post("/account/notices", {"check_phrase": phrase, "mailed": ALL})

    assert answer.status_code == 422
    assert "govuk-error-summary" in answer.content.decode()
    assert not NoticeSettings.objects.exists()


@pytest.mark.parametrize("phrase", ["abcd", "x" * 40])
def test_a_phrase_at_the_bounds_is_taken(browser: Client, phrase: str) -> None:
    answer = browser.post("/account/notices", {"check_phrase": phrase, "mailed": ALL})

    assert answer.status_code == 302


@pytest.mark.parametrize("kind", ["signatures.complete", "no.such_kind"])
def test_nobody_switches_off_what_is_always_on(person: Person, kind: str) -> None:
    with pytest.raises(NoticeAlwaysOn):
        change_settings(person_id=person.id, check_phrase="", switched_off=[kind], at=NOW)


def test_a_control_character_is_refused_by_the_service_too(person: Person) -> None:
    with pytest.raises(CheckPhraseUnfit):
        change_settings(person_id=person.id, check_phrase="ab\x07cd", switched_off=[], at=NOW)


def test_an_unknown_kind_in_the_form_is_refused(browser: Client) -> None:
    answer = browser.post("/account/notices", {"mailed": ["signatures.complete"]})

    assert answer.status_code == 422


def test_nobody_else_is_changed(browser: Client) -> None:
    other = make_person("Chan Ka Yan", email="chan@example.com")

    browser.post(
        "/account/notices",
        {"check_phrase": "blue kettle", "mailed": [], "person_id": str(other.id)},
    )

    assert not NoticeSettings.objects.filter(person_id=other.id).exists()


def test_an_address_that_nobody_has_proven_is_told(browser: Client) -> None:
    Account.objects.update(email_verified_at=None)

    assert "No e-mail is sent to you" in page(browser)


def test_an_e_mail_that_came_back_is_told_until_one_arrives(
    browser: Client, person: Person
) -> None:
    mail = NoticeMail.objects.get()  # of the new browser
    came_back = {"address": "lee@example.com", "ended_at": NOW, "answer": "550 no <mailbox>"}
    NoticeMail.objects.filter(pk=mail.pk).update(state="bounced", **came_back)

    assert "550 no &lt;mailbox&gt;" in page(browser)

    NoticeMail.objects.update(state="sent", answer="")
    assert "came back" not in page(browser)


def test_who_is_not_signed_in_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get("/account/notices")

    assert (answer.status_code, answer["Location"].startswith("/sign-in")) == (303, True)
