"""An address at which nobody is reached is left alone until its owner mends it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from authentication.models import Account, Person
from corpid.audit.models import Event
from corpid.notices.models import BouncingAddress, Notice, NoticeMail
from corpid.notices.services.forget_notices import forget_notices
from corpid.notices.services.mend_address import mend_address
from tests.makers import make_person
from tests.notices.mail_server import TAKEN, MailServer
from tests.notices.test_send_mail import ask_to_sign, send, server
from tests.signing_in import sign_in_as

__all__ = ["server"]  # a fixture

pytestmark = pytest.mark.django_db

NO_SUCH_BOX = "550 5.1.1 no such mailbox"


@pytest.fixture
def person() -> Person:
    return make_person("Lee Siu Ming", email="lee@example.com")


@pytest.fixture
def bouncing(server: MailServer, person: Person) -> MailServer:
    server.to_recipients = [NO_SUCH_BOX]
    send(ask_to_sign(person))
    return server


def test_after_one_refusal_nothing_more_is_sent_there(
    bouncing: MailServer, person: Person
) -> None:
    mails = [send(ask_to_sign(person, number)) for number in range(2, 7)]

    assert {(mail.state, mail.because) for mail in mails} == {("withheld", "address_bounces")}
    assert bouncing.asked == ["lee@example.com"]


def test_the_inbox_says_so_once(bouncing: MailServer, person: Person) -> None:
    send(ask_to_sign(person, 2))

    notice = Notice.objects.get(kind="security.address_bounces")
    assert (notice.person_id, notice.path) == (person.id, "/account/notices")
    assert send(NoticeMail.objects.get(notice=notice)).because == "address_bounces"
    event = Event.objects.get(kind="notices.address_bounces")
    assert "lee@example.com" not in str(event.facts)


@pytest.mark.parametrize(
    ("place", "answer"),
    [
        ("to_recipients", "550 5.7.1 your network is on a list"),
        ("to_texts", "550 5.7.1 looks like spam"),
        ("to_texts", "550 5.1.1 said of the text"),
        ("to_recipients", "554 transaction failed"),
    ],
)
def test_a_refusal_of_us_or_of_one_text_silences_nobody(
    server: MailServer, person: Person, place: str, answer: str
) -> None:
    setattr(server, place, [answer, TAKEN])

    refused = send(ask_to_sign(person))

    assert refused.state == "bounced"
    assert not BouncingAddress.objects.exists()
    assert send(ask_to_sign(person, 2)).state == "sent"


def test_another_address_of_the_same_person_begins_afresh(
    bouncing: MailServer, person: Person
) -> None:
    bouncing.to_recipients = [TAKEN]
    Account.objects.filter(person=person).update(email="new@example.com")

    assert send(ask_to_sign(person, 2)).state == "sent"


def test_others_are_written_to_as_before(bouncing: MailServer) -> None:
    bouncing.to_recipients = [TAKEN]
    other = make_person("Chan Ka Yan", email="chan@example.com")

    assert send(ask_to_sign(other)).state == "sent"


def test_who_mends_it_gets_an_e_mail_that_shows_whether_it_arrives(
    bouncing: MailServer, person: Person
) -> None:
    bouncing.to_recipients = [TAKEN]

    assert mend_address(person_id=person.id, address="lee@example.com", at=timezone.now())

    mail = NoticeMail.objects.get(notice__kind="notices.address_tried_again")
    assert send(mail).state == "sent"
    assert send(ask_to_sign(person, 2)).state == "sent"


def test_what_still_refuses_is_left_alone_again(bouncing: MailServer, person: Person) -> None:
    mend_address(person_id=person.id, address="lee@example.com", at=timezone.now())
    send(NoticeMail.objects.get(notice__kind="notices.address_tried_again"))

    assert BouncingAddress.objects.get().answer == NO_SUCH_BOX
    assert Notice.objects.filter(kind="security.address_bounces").count() == 2


def test_there_is_nothing_to_mend_where_nothing_came_back(person: Person) -> None:
    assert not mend_address(person_id=person.id, address="lee@example.com", at=timezone.now())
    assert not Notice.objects.exists()


def test_the_mark_goes_with_the_e_mail_that_made_it(
    bouncing: MailServer, person: Person, settings: Any
) -> None:
    at = timezone.now() + settings.NOTICE_MAILS_KEPT
    forget_notices(at=at - timedelta(minutes=1))
    assert BouncingAddress.objects.exists()

    forget_notices(at=at + timedelta(minutes=1))

    assert not BouncingAddress.objects.exists()


def test_the_page_tells_and_mends(bouncing: MailServer, person: Person, client: Client) -> None:
    sign_in_as(client, person)

    told = client.get("/account/notices").content.decode()
    mended = client.post("/account/notices/mend", follow=True).content.decode()

    assert "We send no more e-mails to this address" in told
    assert "550 5.1.1 no such mailbox" in told
    assert "An e-mail is on its way to you." in mended
    assert "We send no more" not in mended
    assert Event.objects.filter(kind="notices.address_tried_again").count() == 1


def test_nobody_mends_the_address_of_another(
    bouncing: MailServer, person: Person, client: Client
) -> None:
    sign_in_as(client, make_person("Chan Ka Yan", email="chan@example.com"))

    client.post("/account/notices/mend", {"address": "lee@example.com"})

    assert BouncingAddress.objects.filter(address="lee@example.com").exists()


def test_looking_mends_nothing(bouncing: MailServer, person: Person, client: Client) -> None:
    sign_in_as(client, person)

    assert client.get("/account/notices/mend").status_code == 405
    assert BouncingAddress.objects.exists()
