"""The mail catcher: what Django would send becomes a file and a page."""

import stat
from collections.abc import Iterator

import pytest
from django.core.mail import EmailMessage, get_connection
from django.test import Client

from corpid.demonstration.mail import caught_mails, mail_folder

pytestmark = pytest.mark.django_db

BACKEND = "corpid.demonstration.mail.CatchingBackend"


@pytest.fixture(autouse=True)
def _empty_mailbox() -> Iterator[None]:
    yield
    for path in mail_folder().glob("*"):
        path.unlink()


def send(subject: str, text: str, *recipients: str) -> None:
    message = EmailMessage(subject, text, "no-reply@corpid.example", list(recipients))
    get_connection(BACKEND).send_messages([message])


def test_a_message_is_listed_and_can_be_read_in_chinese() -> None:
    send("請簽署𠮷和協議", "請到 http://localhost:8000/sign/1 簽署", "a@example.hk")

    listed = Client().get("/sandbox/mailbox").content.decode()
    (mail,) = caught_mails(limit=10)
    page = Client().get(f"/sandbox/mailbox/{mail.id}").content.decode()

    assert "請簽署𠮷和協議" in listed
    assert "a@example.hk" in listed
    assert 'href="http://localhost:8000/sign/1"' in page


def test_the_newest_comes_first() -> None:
    for subject in ("one", "two", "three"):
        send(subject, "text", "a@example.hk")

    assert [mail.subject for mail in caught_mails(limit=2)] == ["three", "two"]


def test_markup_in_a_message_is_text() -> None:
    send("<script>alert(1)</script>", "<script>alert(2)</script>", "a@example.hk")

    (mail,) = caught_mails(limit=10)
    page = Client().get(f"/sandbox/mailbox/{mail.id}").content.decode()

    assert "<script>alert" not in page


def test_a_message_that_is_not_there_is_not_found() -> None:
    answer = Client().get("/sandbox/mailbox/00000000-0000-7000-8000-000000000000")

    assert answer.status_code == 404


def test_a_message_is_readable_by_its_owner_alone() -> None:
    send("one", "text", "a@example.hk")

    (path,) = mail_folder().glob("*.eml")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_mailbox_says_so() -> None:
    assert "No e-mail yet" in Client().get("/sandbox/mailbox").content.decode()
