"""The sandbox's mail catcher and the real way out keep the same promises."""

import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage as Received
from email.policy import default as policy
from typing import Any

import pytest
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils import timezone

from authentication.models import Account, Person
from corpid.demonstration.mail import mail_folder
from corpid.notices.models import BouncingAddress, NoticeMail
from corpid.notices.services.send_mail import MailNotTaken, send_mail
from tests.makers import make_person
from tests.notices.mail_server import mail_server
from tests.notices.test_send_mail import ask_to_sign

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True)
class WayOut:
    """`received` gives what arrived, oldest first; `break_` makes the way out impassable."""

    received: Callable[[], list[Received]]
    break_: Callable[[], None]


@pytest.fixture(params=["catcher", "smtp"])
def way_out(request: pytest.FixtureRequest, settings: Any, tmp_path: Any) -> Iterator[WayOut]:
    if request.param == "catcher":
        settings.EMAIL_BACKEND = "corpid.demonstration.mail.CatchingBackend"
        settings.STATE_DIR = tmp_path
        yield WayOut(_caught, lambda: (tmp_path / "mail").write_bytes(b"in the way") and None)
        return
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_TIMEOUT = 2
    with mail_server() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        # What the catcher says of these two names, a server says of whom it does not know.
        server.answers_by_domain = {
            "refused.example": "550 5.1.1 no such mailbox",
            "busy.example": "450 4.2.1 try later",
        }
        yield WayOut(
            lambda: [taken.message for taken in server.taken],
            lambda: setattr(settings, "EMAIL_PORT", _closed_port()),
        )


def _caught() -> list[Received]:
    paths = sorted(mail_folder().glob("*.eml"))  # named by UUIDv7: by time
    return [
        message_from_bytes(path.read_bytes(), _class=Received, policy=policy) for path in paths
    ]


def _closed_port() -> int:
    import socket  # noqa: PLC0415  for this alone

    with socket.create_server(("127.0.0.1", 0)) as closed:
        port: int = closed.getsockname()[1]
    return port


@pytest.fixture
def person() -> Person:
    return make_person("Lee Siu Ming", email="lee@example.com")


def message(text: str = "text\n", **changes: Any) -> EmailMessage:
    given: dict[str, Any] = {"subject": "subject", "to": ["lee@example.com"], "headers": {}}
    return EmailMessage(body=text, from_email="no-reply@corpid.example", **(given | changes))


def hand_over(*messages: EmailMessage) -> int:
    taken: int = get_connection().send_messages(list(messages))
    return taken


def lines_of(received: Received) -> list[str]:
    return str(received.get_content()).splitlines()


def test_it_counts_what_it_took(way_out: WayOut) -> None:
    assert hand_over(message(), message()) == 2
    assert len(way_out.received()) == 2


def test_headers_arrive_as_they_were_written(way_out: WayOut) -> None:
    headers = {
        "Message-ID": "<018f@corpid.example>",
        "Date": "Tue, 03 Mar 2026 06:02:00 +0000",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "zh-Hant",
    }

    hand_over(message(headers=headers))

    (received,) = way_out.received()
    assert {name: str(received[name]) for name in headers} == headers
    assert (received["To"], received["From"]) == ("lee@example.com", "no-reply@corpid.example")


@pytest.mark.parametrize(
    "text",
    [
        "請到 http://localhost:8000/sign/1 簽署\n",
        "𠮷和, outside the basic plane\n",
        ".\n.. a line that begins with a dot\nQUIT\n",
        f"{'長' * 2000}\n",
        "\n\nempty lines first\n\n",
        "From the beginning of a line\n",
    ],
)
def test_the_text_arrives_as_it_was_written(way_out: WayOut, text: str) -> None:
    hand_over(message(text, subject="請簽署𠮷和協議"))

    (received,) = way_out.received()
    assert lines_of(received) == text.splitlines()
    assert received["Subject"] == "請簽署𠮷和協議"


@pytest.mark.parametrize("field", ["subject", "to"])
def test_a_second_header_can_not_be_smuggled_in(way_out: WayOut, field: str) -> None:
    hostile = "x@example.com\nBcc: spy@evil.example"

    with pytest.raises(ValueError, match=r"newlines|Invalid address"):
        hand_over(message(to=[hostile]) if field == "to" else message(subject=hostile))
    assert way_out.received() == []


@pytest.mark.parametrize(
    ("address", "code"), [("lee@refused.example", 550), ("lee@busy.example", 450)]
)
def test_a_recipient_is_refused_with_the_servers_code(
    way_out: WayOut, address: str, code: int
) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        hand_over(message(to=[address]))

    assert {key: told[0] for key, told in refused.value.recipients.items()} == {address: code}
    assert way_out.received() == []


def test_what_can_not_be_handed_over_is_an_os_error(way_out: WayOut) -> None:
    way_out.break_()

    with pytest.raises((FileExistsError, NotADirectoryError, ConnectionRefusedError)):
        hand_over(message())


def _send(mail: NoticeMail) -> NoticeMail:
    send_mail(mail_id=mail.id, completing=transaction.atomic, clock=timezone.now)
    mail.refresh_from_db()
    return mail


def test_a_notice_goes_the_whole_way(way_out: WayOut, person: Person) -> None:
    Account.objects.filter(person=person).update(language="zh-hans")

    mail = _send(ask_to_sign(person))

    (received,) = way_out.received()
    assert mail.state == "sent"
    assert received["Content-Language"] == "zh-Hans"
    assert str(mail.notice_id) in received["Message-ID"]
    assert received.get_content_type() == "text/plain"


def test_a_mailbox_that_is_none_ends_it(way_out: WayOut, person: Person) -> None:
    Account.objects.filter(person=person).update(email="lee@refused.example")

    mail = _send(ask_to_sign(person))

    assert (mail.state, mail.answer[:9]) == ("bounced", "550 5.1.1")
    assert BouncingAddress.objects.filter(address="lee@refused.example").exists()


def test_a_busy_mailbox_is_tried_again(way_out: WayOut, person: Person) -> None:
    Account.objects.filter(person=person).update(email="lee@busy.example")
    mail = ask_to_sign(person)

    with pytest.raises(MailNotTaken):
        _send(mail)
    mail.refresh_from_db()
    assert mail.state == "pending"


def test_a_way_out_that_is_away_is_tried_again(way_out: WayOut, person: Person) -> None:
    way_out.break_()

    with pytest.raises(MailNotTaken):
        _send(ask_to_sign(person))
