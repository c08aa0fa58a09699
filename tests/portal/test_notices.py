"""The page of what a person is e-mailed."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from authentication.models import Account, Person
from corpid.audit.models import Event
from corpid.notices.models import Notice, NoticeMail, NoticeSettings
from corpid.notices.services.change_check_phrase import change_check_phrase
from corpid.notices.services.change_settings import NoticeAlwaysOn, change_settings
from corpid.notices.services.find_settings import find_settings
from corpid.notices.services.fit_check_phrase import CheckPhraseUnfit
from tests.makers import NOW, make_company, make_officer, make_person
from tests.signing_in import PASSWORD, code_of, sign_in_as

pytestmark = pytest.mark.django_db

ALL = [
    "prefill.consent_asked",
    "prefill.sent",
    "prefill.not_confirmed",
    "prefill.consent_expiring",
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
    answer = browser.post("/account/notices", {"mailed": ALL[:1]})

    assert answer.status_code == 302
    chosen = find_settings(person_id=person.id, language="en")
    assert chosen.switched_off == set(ALL[1:])
    assert "Your choices are saved." in page(browser)


def ask_for(browser: Client, phrase: str) -> dict[str, str]:
    """Ask for a phrase; give the hidden fields of the page that asks for the proof."""
    asked = browser.post("/account/notices/phrase", {"check_phrase": phrase})
    assert asked["Location"] == "/sign-in/step-up", asked.content.decode()
    context = browser.get("/sign-in/step-up").context
    return {"subject": context["subject"], "digest": context["digest"]}


def prove(browser: Client, asked: dict[str, str], **changes: str) -> HttpResponse:
    device = TOTPDevice.objects.get()
    proof = {"password": PASSWORD, "code": code_of(device)}
    answer = browser.post("/sign-in/step-up", asked | proof | changes)
    assert isinstance(answer, HttpResponse)
    return answer


def phrase_of(person: Person) -> str:
    return find_settings(person_id=person.id, language="en").check_phrase


def test_a_new_phrase_is_shown_told_and_kept_out_of_the_log(
    browser: Client, person: Person
) -> None:
    prove(browser, ask_for(browser, " 藍色水壺 1997 "))

    assert "藍色水壺 1997" in page(browser)
    notice = Notice.objects.get(kind="security.check_phrase_changed")
    assert notice.person_id == person.id
    assert Event.objects.filter(kind="notices.check_phrase_changed").count() == 1
    assert [event for event in Event.objects.all() if "1997" in str(event.facts)] == []


def test_the_digest_in_the_log_can_not_be_guessed_from_a_list_of_phrases(
    browser: Client,
) -> None:
    first, second = (ask_for(browser, "blue kettle")["digest"] for _ in range(2))

    assert first != second


def test_without_the_proof_the_phrase_stays(browser: Client, person: Person) -> None:
    drawn = phrase_of(person)

    ask_for(browser, "blue kettle")
    page(browser)

    assert phrase_of(person) == drawn
    assert not Notice.objects.filter(kind="security.check_phrase_changed").exists()


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"code": "000000"}])
def test_a_wrong_proof_leaves_the_phrase(
    browser: Client, person: Person, wrong: dict[str, str]
) -> None:
    drawn = phrase_of(person)

    refused = prove(browser, ask_for(browser, "blue kettle"), **wrong)

    assert (refused.status_code, phrase_of(person)) == (422, drawn)


def test_the_proof_is_for_the_phrase_that_was_on_the_page(
    browser: Client, person: Person
) -> None:
    drawn, first = phrase_of(person), ask_for(browser, "blue kettle")
    ask_for(browser, "an intruder's")

    assert prove(browser, first).status_code == 409
    assert phrase_of(person) == drawn


def test_a_proof_changes_the_phrase_once(browser: Client, person: Person) -> None:
    asked = ask_for(browser, "blue kettle")

    assert prove(browser, asked)["Location"] == "/account/notices"
    assert prove(browser, asked)["Location"] != "/account/notices"
    assert Event.objects.filter(kind="authentication.stepped_up").count() == 1


def test_the_form_of_mails_changes_no_phrase(browser: Client, person: Person) -> None:
    drawn = phrase_of(person)

    browser.post("/account/notices", {"check_phrase": "an intruder's", "mailed": ALL})

    assert phrase_of(person) == drawn


def test_it_is_the_persons_own_whichever_company_they_act_for(
    browser: Client, person: Person
) -> None:
    companies = [make_company("First Limited"), make_company("Second Limited")]
    for company in companies:
        make_officer(company, person)
    browser.post("/choose-company", {"company": companies[0].id})
    asked = ask_for(browser, "blue kettle")
    shown = browser.get("/sign-in/step-up").content.decode()
    browser.post("/choose-company", {"company": companies[1].id})

    assert prove(browser, asked).status_code == 302
    assert "blue kettle" in shown
    assert "File code" not in shown
    assert phrase_of(person) == "blue kettle"


def test_what_one_person_asked_for_is_not_done_for_the_next_in_the_same_browser(
    browser: Client,
) -> None:
    asked = ask_for(browser, "blue kettle")
    other = make_person("Chan Ka Yan", email="chan@example.com")
    session = dict(browser.session.items())
    TOTPDevice.objects.all().delete()
    sign_in_as(browser, other)
    kept = browser.session
    kept.update({name: session[name] for name in ("step_up_asked", "wished_check_phrase")})
    kept.save()

    assert prove(browser, asked).status_code == 409
    assert not NoticeSettings.objects.exists()


def test_the_same_choices_again_tell_nobody(person: Person) -> None:
    for _ in range(2):
        change_check_phrase(person_id=person.id, check_phrase="blue kettle", at=timezone.now())

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
    answer = browser.post("/account/notices/phrase", {"check_phrase": phrase})

    assert answer.status_code == 422
    assert "govuk-error-summary" in answer.content.decode()
    assert not NoticeSettings.objects.exists()


@pytest.mark.parametrize("phrase", ["abcd", "x" * 40])
def test_a_phrase_at_the_bounds_is_taken(browser: Client, person: Person, phrase: str) -> None:
    assert prove(browser, ask_for(browser, phrase)).status_code == 302
    assert phrase_of(person) == phrase


def test_an_empty_phrase_is_the_wish_for_the_drawn_one(browser: Client, person: Person) -> None:
    drawn = phrase_of(person)
    change_check_phrase(person_id=person.id, check_phrase="blue kettle", at=NOW)

    prove(browser, ask_for(browser, ""))

    assert phrase_of(person) == drawn


@pytest.mark.parametrize("kind", ["signatures.complete", "no.such_kind"])
def test_nobody_switches_off_what_is_always_on(person: Person, kind: str) -> None:
    with pytest.raises(NoticeAlwaysOn):
        change_settings(person_id=person.id, switched_off=[kind], at=NOW)


def test_a_control_character_is_refused_by_the_service_too(person: Person) -> None:
    with pytest.raises(CheckPhraseUnfit):
        change_check_phrase(person_id=person.id, check_phrase="ab\x07cd", at=NOW)


def test_an_unknown_kind_in_the_form_is_refused(browser: Client) -> None:
    answer = browser.post("/account/notices", {"mailed": ["signatures.complete"]})

    assert answer.status_code == 422


def test_nobody_else_is_changed(browser: Client) -> None:
    other = make_person("Chan Ka Yan", email="chan@example.com")

    browser.post("/account/notices", {"mailed": [], "person_id": str(other.id)})
    asked = ask_for(browser, "blue kettle")
    prove(browser, asked, person_id=str(other.id))

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
