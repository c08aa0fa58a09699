"""Notices by e-mail, to a mail server that others wrote, over a real socket."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.utils import timezone

from authentication.models import Account, Person
from corpid.jobs.models import Job
from corpid.jobs.services.redrive_job import redrive_job
from corpid.jobs.services.run_job import run_job
from corpid.notices.catalogue import CATALOGUE
from corpid.notices.models import Notice, NoticeMail, NoticeSettings
from corpid.notices.services.abandon_mail import abandon_mail
from corpid.notices.services.change_check_phrase import change_check_phrase
from corpid.notices.services.complete_tasks import complete_tasks
from corpid.notices.services.find_settings import find_settings
from corpid.notices.services.notify_person import notify_person
from corpid.notices.services.send_mail import MailNotTaken, send_mail
from tests.makers import NOW, make_person
from tests.notices.mail_server import TAKEN, MailServer, mail_server

pytestmark = pytest.mark.django_db

SECRET_TITLE = "Takeover of Silver Dragon"


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with mail_server() as server:
        _use(settings, server.port)
        yield server


def _use(settings: Any, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 2


@pytest.fixture
def person() -> Person:
    return make_person("Lee Siu Ming", email="lee@example.com")


def ask_to_sign(person: Person, number: int = 1, **changes: Any) -> NoticeMail:
    given: dict[str, Any] = {
        "kind": "signatures.approval_asked",
        "path": f"/sign/{number}/approve",
        "facts": {
            "document": SECRET_TITLE,
            "asker": "Wong Mei Ling",
            "company": {"en": "Golden Harvest", "zh-hant": "金穗"},
        },
        "due_at": NOW + timedelta(days=1),
    }
    notice = notify_person(
        person_id=person.id, at=NOW, subject=f"signature-request:{number}", **(given | changes)
    )
    return NoticeMail.objects.get(notice=notice)


def tell_of_credential(person: Person, issuer: str = "Food Department") -> NoticeMail:
    return ask_to_sign(
        person,
        kind="credentials.received",
        path="/wallet/1",
        facts={"company": "Chan Kee Noodles", "credential": "Food licence", "issuer": issuer},
        due_at=None,
    )


def send(mail: NoticeMail) -> NoticeMail:
    send_mail(mail_id=mail.id, completing=transaction.atomic, clock=timezone.now)
    mail.refresh_from_db()
    return mail


def speak(person: Person, language: str) -> None:
    Account.objects.filter(person=person).update(language=language)


def test_a_notice_goes_out_as_plain_text(server: MailServer, person: Person) -> None:
    mail = send(ask_to_sign(person))

    assert (mail.state, mail.address) == ("sent", "lee@example.com")
    (taken,) = server.taken
    assert taken.recipients == ["lee@example.com"]
    assert taken.message["To"] == "lee@example.com"
    assert taken.message["Auto-Submitted"] == "auto-generated"
    assert taken.message["Content-Language"] == "en"
    assert taken.message.get_content_type() == "text/plain"
    text = taken.message.get_content()
    assert "http://testserver/sign/1/approve" in text
    assert "It ends at" in text
    assert "Hong Kong time" in text


def test_what_may_be_inside_information_stays_in_the_portal(
    server: MailServer, person: Person
) -> None:
    send(ask_to_sign(person))

    (taken,) = server.taken
    whole = f"{taken.message['Subject']}\n{taken.message.get_content()}"
    assert taken.message["Subject"] == "A signature waits for your decision"
    for told in (SECRET_TITLE, "Wong Mei Ling", "Golden Harvest"):
        assert told not in whole


def test_a_subject_never_tells_whom_or_what(server: MailServer, person: Person) -> None:
    send(tell_of_credential(person))

    (taken,) = server.taken
    assert taken.message["Subject"] == "Something new in your wallet"
    assert "New in the wallet of Chan Kee Noodles: Food licence" in taken.message.get_content()


def test_no_subject_has_a_place_for_facts() -> None:
    assert [key for key, kind in CATALOGUE.items() if "{" in kind.subject] == []


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "Something new in your wallet", "Your check phrase: "),
        ("zh-hant", "你的錢包有新項目", "你的核對短語："),
        ("zh-hans", "您的钱包有新内容", "您的核对短语："),
    ],
)
def test_it_is_written_in_the_language_of_its_reader(
    server: MailServer, person: Person, language: str, subject: str, words: str
) -> None:
    speak(person, language)

    send(tell_of_credential(person))

    (taken,) = server.taken
    assert taken.message["Subject"] == subject
    assert words in taken.message.get_content()


def test_it_shows_the_check_phrase_of_its_reader(server: MailServer, person: Person) -> None:
    other = make_person("Chan Ka Yan", email="chan@example.com")
    NoticeSettings.objects.create(
        person_id=other.id, check_phrase="blue kettle, 1997", changed_at=NOW
    )
    drawn = find_settings(person_id=person.id, language="en").check_phrase

    for each in (person, other):
        send(ask_to_sign(each))

    mine, others = (taken.message.get_content() for taken in server.taken)
    assert f"Your check phrase: {drawn}\r\n" in mine
    assert "Your check phrase: blue kettle, 1997\r\n" in others


@pytest.mark.parametrize("before", ["", "the old kettle"])
def test_a_new_phrase_is_told_by_an_e_mail_that_proves_itself_by_the_old(
    server: MailServer, person: Person, before: str
) -> None:
    known = before or find_settings(person_id=person.id, language="en").check_phrase
    if before:
        change_check_phrase(person_id=person.id, check_phrase=before, at=NOW)
        Notice.objects.all().delete()
    change_check_phrase(
        person_id=person.id, check_phrase="an intruder's", at=NOW + timedelta(days=1)
    )

    send(NoticeMail.objects.get())
    send(ask_to_sign(person))

    told, next_one = (taken.message.get_content() for taken in server.taken)
    assert f"Your check phrase: {known}\r\n" in told
    assert "an intruder's" not in told
    assert "Your check phrase: an intruder's\r\n" in next_one


def test_a_drawn_phrase_stays_and_is_nobody_elses(person: Person) -> None:
    others = [make_person(str(number)) for number in range(20)]

    phrases = {find_settings(person_id=each.id, language="en").check_phrase for each in others}
    mine = [find_settings(person_id=person.id, language="en").check_phrase for _ in range(2)]

    assert mine[0] == mine[1]
    assert len(mine[0].split()) == 3
    assert len(phrases) >= 19


def test_nothing_goes_to_an_address_that_nobody_has_proven(
    server: MailServer, person: Person
) -> None:
    Account.objects.update(email_verified_at=None)

    mail = send(ask_to_sign(person))

    assert (mail.state, mail.because, server.asked) == ("withheld", "no_proven_address", [])


@pytest.mark.parametrize("status", ["dead", "locked", "identity_disputed"])
def test_nothing_goes_to_whoever_may_not_act_by_then(
    server: MailServer, person: Person, status: str
) -> None:
    mail = ask_to_sign(person)
    Person.objects.filter(pk=person.pk).update(status=status)

    assert send(mail).state == "withheld"
    assert server.asked == []


def test_a_task_that_is_done_by_then_is_not_mailed(server: MailServer, person: Person) -> None:
    mail = ask_to_sign(person)
    complete_tasks(
        kind="signatures.approval_asked", subject="signature-request:1", at=timezone.now()
    )

    assert (send(mail).because, server.asked) == ("done_already", [])


def test_what_was_switched_off_is_not_mailed(server: MailServer, person: Person) -> None:
    NoticeSettings.objects.create(
        person_id=person.id, switched_off=["credentials.received"], changed_at=NOW
    )

    assert (send(tell_of_credential(person)).because, server.asked) == ("switched_off", [])


def test_what_is_always_on_goes_out_whatever_was_switched_off(
    server: MailServer, person: Person
) -> None:
    NoticeSettings.objects.create(
        person_id=person.id, switched_off=list(CATALOGUE), changed_at=NOW
    )

    assert send(ask_to_sign(person)).state == "sent"


def test_the_same_notice_is_mailed_once(server: MailServer, person: Person) -> None:
    mail = ask_to_sign(person)
    ask_to_sign(person)

    for _ in range(5):
        send(mail)

    assert len(server.taken) == 1
    assert Job.objects.filter(kind="notices.send_mail").count() == 1


def test_a_temporary_refusal_is_tried_again(server: MailServer, person: Person) -> None:
    server.to_recipients = ["450 4.2.0 greylisted", TAKEN]
    mail = ask_to_sign(person)

    with pytest.raises(MailNotTaken):
        send(mail)
    mail.refresh_from_db()
    assert mail.state == "pending"

    assert send(mail).state == "sent"


@pytest.mark.parametrize("place", ["to_recipients", "to_texts"])
def test_a_refusal_for_good_is_kept_and_not_repeated(
    server: MailServer, person: Person, place: str
) -> None:
    setattr(server, place, ["550 5.1.1 no such mailbox"])
    mail = ask_to_sign(person)

    for _ in range(3):
        send(mail)

    assert (mail.state, mail.because) == ("bounced", "mail_refused")
    assert mail.answer == "550 5.1.1 no such mailbox"
    assert len(server.asked) == 1


def test_a_mail_server_that_is_away_is_asked_again(settings: Any, person: Person) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    _use(settings, port)
    mail = ask_to_sign(person)

    with pytest.raises(MailNotTaken):
        send(mail)

    with mail_server() as server:
        _use(settings, server.port)
        assert send(mail).state == "sent"


def test_a_mail_server_that_hangs_is_left_at_the_bound(settings: Any, person: Person) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        _use(settings, silent.getsockname()[1])
        settings.EMAIL_TIMEOUT = 0.3

        with pytest.raises(MailNotTaken):
            send(ask_to_sign(person))


def test_after_about_a_day_it_is_given_up_and_can_be_started_again(
    server: MailServer, person: Person
) -> None:
    server.to_recipients = ["451 4.3.0 try later"]
    mail = ask_to_sign(person)
    job = Job.objects.get(kind="notices.send_mail")
    waited = timedelta()
    while job.state == "queued":
        began = timezone.now()
        Job.objects.filter(pk=job.pk).update(run_after=began - timedelta(seconds=1))
        run_job(job_id=job.id)
        job.refresh_from_db()
        if job.state == "queued":
            waited += job.run_after - began
    mail.refresh_from_db()

    assert (job.state, mail.state, mail.because) == ("dead", "dead", "mail_not_taken")
    assert timedelta(hours=23) <= waited <= timedelta(hours=36)
    assert "lee@example.com" not in str(job.errors)

    server.to_recipients = [TAKEN]
    redrive_job(job_id=job.id, actor="caseworker:1", at=timezone.now())
    run_job(job_id=job.id)
    mail.refresh_from_db()
    assert mail.state == "sent"


def test_what_was_sent_is_not_given_up_afterwards(server: MailServer, person: Person) -> None:
    mail = send(ask_to_sign(person))

    abandon_mail(mail_id=mail.id, error_code="attempts_used_up", at=timezone.now())

    mail.refresh_from_db()
    assert mail.state == "sent"


@pytest.mark.parametrize(
    "address",
    [
        "lee@example.com\nbcc: spy@evil.example",
        "lee@example.com\r\nbcc: spy@evil.example",
        "lee@example.com, spy@evil.example",
        "lee@example.com>\r\nrcpt to:<spy@evil.example",
        "<lee@example.com> spy@evil.example",
        "",
    ],
)
def test_an_address_is_never_a_header_or_a_second_recipient(
    server: MailServer, person: Person, address: str
) -> None:
    Account.objects.filter(person=person).update(email=address)

    mail = send(ask_to_sign(person))

    assert (mail.state, mail.because) == ("withheld", "address_malformed")
    assert (server.asked, server.taken) == ([], [])


def test_a_name_can_not_pass_for_lines_of_ours(server: MailServer, person: Person) -> None:
    issuer = "Evil\r\n\r\nYour check phrase: mine\u202egnihtemos\u2028more\n.\nQUIT"

    send(tell_of_credential(person, issuer))

    (taken,) = server.taken
    lines = taken.message.get_content().splitlines()
    assert [line for line in lines if line.startswith("Your check phrase:")] == [
        f"Your check phrase: {find_settings(person_id=person.id, language='en').check_phrase}"
    ]
    assert "\u202e" not in taken.message.get_content()
    assert taken.message["Bcc"] is None


def test_a_link_leads_to_a_page_of_ours_and_is_plain(
    server: MailServer, person: Person
) -> None:
    send(ask_to_sign(person))

    (taken,) = server.taken
    links = [word for word in taken.message.get_content().split() if "://" in word]
    assert links == ["http://testserver/sign/1/approve", "http://testserver/account/notices"]


# Sends as a worker does, and dies before it has noted that the server took the e-mail.
_DIES_AFTER_SENDING = """
import os, signal, sys, uuid
from contextlib import contextmanager
import django
django.setup()
from django.conf import settings
from django.utils import timezone
from corpid.notices.services.send_mail import send_mail

settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[2])

@contextmanager
def completing():
    os.kill(os.getpid(), signal.SIGKILL)
    yield

send_mail(mail_id=uuid.UUID(sys.argv[1]), completing=completing, clock=timezone.now)
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_after_sending_leaves_a_copy_with_the_same_id(
    server: MailServer,
) -> None:
    mail = ask_to_sign(make_person("Lee Siu Ming", email="lee@example.com"))
    database = connection.settings_dict["NAME"]
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()
    killed = subprocess.run(
        [sys.executable, "-c", _DIES_AFTER_SENDING, str(mail.id), str(server.port)],
        check=False,
        env={
            **os.environ,
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "corpid.settings",
        },
    )

    assert killed.returncode == -signal.SIGKILL
    assert send(mail).state == "sent"
    first, second = server.taken
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.content == second.content
    assert str(mail.notice_id) in first.message["Message-ID"]


def test_a_notice_that_goes_takes_its_mail_along(person: Person) -> None:
    ask_to_sign(person)

    Notice.objects.all().delete()

    assert not NoticeMail.objects.exists()
