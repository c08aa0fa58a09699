"""Notices are kept for a time, their e-mails for a shorter one."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from authentication.models import Person
from corpid.notices.models import Notice, NoticeMail
from corpid.notices.services.complete_tasks import complete_tasks
from corpid.notices.services.forget_notices import forget_notices
from tests.makers import NOW, make_person
from tests.notices.test_send_mail import ask_to_sign, tell_of_credential

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _kept(settings: Any) -> None:
    settings.NOTICES_KEPT, settings.NOTICE_MAILS_KEPT = 400 * DAY, 90 * DAY


@pytest.fixture
def person() -> Person:
    return make_person("Lee Siu Ming", email="lee@example.com")


def end(mail: NoticeMail, at: datetime) -> None:
    NoticeMail.objects.filter(pk=mail.pk).update(
        state="sent", address="lee@example.com", ended_at=at
    )


@pytest.mark.parametrize(("days", "kept"), [(400, 1), (401, 0)])
def test_news_goes_once_its_time_is_over(person: Person, days: int, kept: int) -> None:
    tell_of_credential(person)

    forget_notices(at=NOW + days * DAY)

    assert Notice.objects.count() == kept


@pytest.mark.parametrize(("days", "kept"), [(90, 1), (91, 0)])
def test_the_e_mail_goes_before_its_notice(person: Person, days: int, kept: int) -> None:
    end(tell_of_credential(person), NOW)

    forget_notices(at=NOW + days * DAY)

    assert (NoticeMail.objects.count(), Notice.objects.count()) == (kept, 1)


def test_an_e_mail_that_is_still_on_its_way_stays(person: Person) -> None:
    tell_of_credential(person)

    forget_notices(at=NOW + 300 * DAY)

    assert NoticeMail.objects.count() == 1


@pytest.mark.parametrize(("days", "kept"), [(450, 1), (451, 0)])
def test_a_task_is_kept_from_when_it_could_no_longer_be_done(
    person: Person, days: int, kept: int
) -> None:
    ask_to_sign(person, due_at=NOW + 50 * DAY)

    forget_notices(at=NOW + days * DAY)

    assert Notice.objects.count() == kept


def test_a_task_that_is_done_is_kept_from_then_on(person: Person) -> None:
    ask_to_sign(person, due_at=NOW + 90 * DAY)
    complete_tasks(
        kind="signatures.approval_asked", subject="signature-request:1", at=NOW + 5 * DAY
    )

    forget_notices(at=NOW + 405 * DAY)
    assert Notice.objects.count() == 1

    forget_notices(at=NOW + 406 * DAY)
    assert Notice.objects.count() == 0


def test_a_task_that_can_still_be_done_stays_for_ever(person: Person) -> None:
    ask_to_sign(person, due_at=None)

    forget_notices(at=NOW + 5000 * DAY)

    assert Notice.objects.waiting().count() == 1


def test_an_e_mail_takes_along_those_that_it_named(person: Person) -> None:
    first, second = ask_to_sign(person, 1), ask_to_sign(person, 2)
    end(first, NOW)
    NoticeMail.objects.filter(pk=second.pk).update(
        state="gathered", gathered_into=first, ended_at=NOW
    )

    forget_notices(at=NOW + 91 * DAY)

    assert (NoticeMail.objects.count(), Notice.objects.count()) == (0, 2)
