"""Nobody is buried in e-mails: what goes beyond the cap is named in the next one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authentication.models import Account, Person
from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.notices.models import Notice, NoticeMail
from corpid.notices.services.complete_tasks import complete_tasks
from corpid.notices.services.notify_person import notify_person
from corpid.notices.services.send_mail import MailNotTaken, send_mail
from tests.makers import make_person
from tests.notices.mail_server import TAKEN, MailServer
from tests.notices.test_send_mail import ask_to_sign, server, tell_of_credential

__all__ = ["server"]  # a fixture

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _low_caps(settings: Any) -> None:
    settings.MAILS_PER_HOUR, settings.MAILS_PER_DAY = 3, 5
    settings.SECURITY_MAILS_PER_HOUR = 2


@pytest.fixture
def person() -> Person:
    return make_person("Lee Siu Ming", email="lee@example.com")


def send(mail: NoticeMail, at: datetime | None = None) -> NoticeMail:
    send_mail(
        mail_id=mail.id,
        completing=transaction.atomic,
        clock=(lambda: at) if at is not None else timezone.now,
    )
    mail.refresh_from_db()
    return mail


def sign_in_elsewhere(person: Person, number: int) -> NoticeMail:
    notice = notify_person(
        kind="security.signed_in_from_new_browser",
        person_id=person.id,
        at=timezone.now(),
        subject=f"session:{number}",
        path="/account/security",
        facts={},
    )
    return NoticeMail.objects.get(notice=notice)


def texts(server: MailServer) -> list[str]:
    return [str(taken.message.get_content()).replace("\r\n", "\n") for taken in server.taken]


def test_the_last_that_fits_goes_out_and_the_next_is_held(
    server: MailServer, person: Person
) -> None:
    mails = [send(ask_to_sign(person, number)) for number in range(4)]

    assert [mail.state for mail in mails] == ["sent", "sent", "sent", "pending"]
    assert mails[3].held_at is not None
    assert len(server.taken) == 3


def test_the_inbox_has_everything_at_once(server: MailServer, person: Person) -> None:
    for number in range(6):
        send(ask_to_sign(person, number))

    assert Notice.objects.filter(person_id=person.id).count() == 6


def test_the_next_e_mail_names_what_was_held_in_its_readers_language(
    server: MailServer, person: Person
) -> None:
    now = timezone.now()
    for number in range(3):
        send(ask_to_sign(person, number), now)
    held = [send(ask_to_sign(person, number), now) for number in (3, 4, 5)]
    held.append(send(tell_of_credential(person), now))
    Account.objects.filter(person=person).update(language="zh-hant")

    later = send(held[0], now + HOUR + timedelta(seconds=1))

    assert later.state == "sent"
    text = texts(server)[3]
    assert "收件匣還有 3 則通知" in text
    assert "- 有簽署正等候你決定 (2)" in text
    assert "- 你的錢包有新項目 (1)" in text
    for told in ("Takeover of Silver Dragon", "Chan Kee Noodles"):
        assert told not in text
    for mail in held[1:]:
        mail.refresh_from_db()
        assert (mail.state, mail.gathered_into_id) == ("gathered", later.id)


def test_a_place_is_free_an_hour_after_it_was_taken_and_no_sooner(
    server: MailServer, person: Person
) -> None:
    now = timezone.now()
    for number in range(3):
        send(ask_to_sign(person, number), now)
    held = send(ask_to_sign(person, 3), now)

    assert send(held, now + HOUR - timedelta(seconds=1)).state == "pending"
    assert send(held, now + HOUR).state == "sent"


def test_the_day_has_a_cap_too(server: MailServer, person: Person) -> None:
    now = timezone.now()
    for number in range(5):
        send(ask_to_sign(person, number), now + 2 * HOUR * number)

    sixth = send(ask_to_sign(person, 5), now + 12 * HOUR)

    assert sixth.state == "pending"
    assert send(sixth, now + timedelta(days=1)).state == "sent"


def test_the_cap_is_each_persons_own(server: MailServer, person: Person) -> None:
    for number in range(5):
        send(ask_to_sign(person, number))

    other = send(ask_to_sign(make_person("Chan Ka Yan", email="chan@example.com")))

    assert other.state == "sent"


def test_a_flood_of_other_events_never_holds_a_security_notice_back(
    server: MailServer, person: Person
) -> None:
    for number in range(50):
        send(ask_to_sign(person, number))

    assert send(sign_in_elsewhere(person, 1)).state == "sent"
    assert "47 more notices are in your inbox" in texts(server)[3]
    assert len(server.taken) == 4


def test_a_flood_of_security_notices_is_bounded_and_each_is_told_of(
    server: MailServer, person: Person
) -> None:
    now = timezone.now()
    mails = [send(sign_in_elsewhere(person, number), now) for number in range(30)]

    assert len(server.taken) == 2
    send(mails[2], now + HOUR)
    assert "- New sign-in to your Corp ID account (27)" in texts(server)[2]
    assert not NoticeMail.objects.filter(state="pending").exists()


def test_what_was_held_goes_out_by_itself(
    server: MailServer, person: Person, django_capture_on_commit_callbacks: Any
) -> None:
    for number in range(5):
        ask_to_sign(person, number)
    for job in Job.objects.filter(kind="notices.send_mail"):
        run_job(job_id=job.id)
    waiting = Job.objects.filter(state="queued")
    assert len(waiting) == 2
    assert {
        timedelta(minutes=59) < job.run_after - timezone.now() <= HOUR for job in waiting
    } == {True}

    NoticeMail.objects.filter(begun_at__isnull=False).update(begun_at=timezone.now() - HOUR)
    Job.objects.filter(state="queued").update(run_after=timezone.now())
    for job in waiting:
        run_job(job_id=job.id)

    assert len(server.taken) == 4
    assert "1 more notice is in your inbox" in texts(server)[3]
    assert not Job.objects.exclude(state="done").exists()
    assert not NoticeMail.objects.filter(state="pending").exists()


def test_a_held_task_that_was_done_meanwhile_is_not_named(
    server: MailServer, person: Person
) -> None:
    now = timezone.now()
    mails = [send(ask_to_sign(person, number), now) for number in range(5)]
    complete_tasks(
        kind="signatures.approval_asked", subject="signature-request:3", at=timezone.now()
    )

    send(mails[4], now + HOUR)

    assert "more notice" not in texts(server)[3]
    assert send(mails[3], now + HOUR).because == "done_already"


def test_a_second_try_tells_of_the_same_as_the_first(
    server: MailServer, person: Person
) -> None:
    now = timezone.now()
    for number in range(3):
        send(ask_to_sign(person, number), now)
    held = [send(ask_to_sign(person, number), now) for number in (3, 4)]
    server.to_recipients = ["450 4.2.0 greylisted", TAKEN]
    with pytest.raises(MailNotTaken):
        send(held[0], now + HOUR)
    send(ask_to_sign(person, 9), now + HOUR)  # takes nothing along: the first has it
    complete_tasks(
        kind="signatures.approval_asked", subject="signature-request:3", at=timezone.now()
    )

    assert send(held[0], now + HOUR).state == "sent"
    assert ["1 more notice" in text for text in texts(server)[3:]] == [False, True]


def test_the_queries_are_as_many_however_many_are_held(
    server: MailServer, person: Person
) -> None:
    def queries(number: int) -> int:
        now = timezone.now() + number * timedelta(days=2)
        mails = [send(ask_to_sign(person, number * 100 + each), now) for each in range(number)]
        with CaptureQueriesContext(connection) as captured:
            send(mails[3], now + HOUR)
        return len(captured)

    few = queries(5)

    assert queries(20) == few


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_no_more_than_the_cap(server: MailServer) -> None:
    person = make_person("Lee Siu Ming", email="lee@example.com")
    mails = [ask_to_sign(person, number) for number in range(12)]

    def work(mail: NoticeMail) -> None:
        try:
            send_mail(mail_id=mail.id, completing=transaction.atomic, clock=timezone.now)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, mails))

    assert len(server.taken) == 3
    assert NoticeMail.objects.filter(state="pending", held_at__isnull=False).count() == 9
