"""The sandbox's mail catcher: every message becomes a file, none leaves the machine.

Whoever signs in with an address at `refused.example` or `busy.example` sees what becomes of an
e-mail that comes back, or has to wait: these two answer as such mail servers do.
"""

import email
import os
import smtplib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage as Received
from email.policy import default as policy
from email.utils import parsedate_to_datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from corpid.identifiers import uuid7


@dataclass(frozen=True, slots=True)
class Mail:
    id: UUID
    sent_at: datetime
    sender: str
    recipient: str
    subject: str
    text: str


_REFUSALS = {
    "refused.example": (550, b"5.1.1 no such mailbox"),
    "busy.example": (450, b"4.2.1 try later"),
}


def mail_folder() -> Path:
    return Path(settings.STATE_DIR) / "mail"


class CatchingBackend(BaseEmailBackend):
    """Django's way out for e-mail, in the sandbox."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = mail_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            content = message.message().as_bytes()  # refuses what would be a second header
            _refuse_some(message.recipients())
            part = folder / f"{uuid7()}.part"
            own = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(own, "wb") as file:
                file.write(content)
            part.rename(part.with_suffix(".eml"))  # whole, or not there at all
        return len(email_messages)


def _refuse_some(recipients: Sequence[str]) -> None:
    """Refuse a message whose every recipient is refused, as smtplib tells of it."""
    refused = {
        address: _REFUSALS[domain]
        for address in recipients
        if (domain := address.rpartition("@")[2]) in _REFUSALS
    }
    if refused and len(refused) == len(recipients):
        raise smtplib.SMTPRecipientsRefused(refused)


def caught_mails(*, limit: int) -> Iterator[Mail]:
    """Give the newest first."""
    paths = sorted(mail_folder().glob("*.eml"), key=_written_at, reverse=True)
    for path in paths[:limit]:
        yield _read(path)


def caught_mail(mail_id: UUID) -> Mail | None:
    path = mail_folder() / f"{mail_id}.eml"
    return _read(path) if path.is_file() else None


def _written_at(path: Path) -> int:
    return path.stat().st_mtime_ns


def _read(path: Path) -> Mail:
    received = email.message_from_bytes(path.read_bytes(), _class=Received, policy=policy)
    body = received.get_body(("plain", "html"))
    return Mail(
        id=UUID(path.stem),
        sent_at=parsedate_to_datetime(received["Date"]),
        sender=received["From"],
        recipient=received["To"],
        subject=received["Subject"],
        text=body.get_content() if body is not None else "",
    )
