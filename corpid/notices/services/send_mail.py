"""Try once to hand one notice to the mail server, and say what follows.

1. It is still wanted: not sent yet, not a task that is done, not switched off, and the person
   can be reached at an address that is proven to be theirs.
2. One conversation with the mail server.
3. Taken, or refused for good (5xx to the address or to the text): that is the end of it, and is
   shown. Anything else is tried again: 4xx, a server that is away, and what it has against us.

A worker that dies between the server's yes and our note of it leaves a second copy to be sent.
It has the first's Message-ID, by which mail programs know that they have it already.
"""

import smtplib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email

from corpid.errors import NotAvailable, gettext_noop
from corpid.notices.models import NoticeMail
from corpid.notices.plain_text import without_controls
from corpid.notices.recipients import find_reader
from corpid.notices.services.end_mail import end_mail
from corpid.notices.services.find_settings import find_settings
from corpid.notices.services.write_mail import write_mail

_KEPT_OF_ANSWER = 300
_FOR_GOOD = 500


class MailNotTaken(NotAvailable):
    code = "mail_not_taken"
    title = gettext_noop("The mail server does not take this e-mail now.")
    remedy = gettext_noop("Nothing to do: it is tried again for about a day.")


class _RefusedForGood(Exception):
    """`args` are what the server said."""


def send_mail(
    *,
    mail_id: UUID,
    completing: Callable[[], AbstractContextManager[None]],
    clock: Callable[[], datetime],
) -> None:
    """Raise MailNotTaken for what is worth another try."""
    mail = NoticeMail.objects.select_related("notice").filter(pk=mail_id).first()
    if mail is None or mail.state != NoticeMail.State.PENDING:  # 1
        with completing():
            return None
    notice = mail.notice
    reader = find_reader(notice.person_id)
    if reader is None:
        return _withhold(mail, "no_proven_address", completing, clock)
    if notice.done_at is not None:
        return _withhold(mail, "done_already", completing, clock)
    chosen = find_settings(person_id=notice.person_id, language=reader.language)
    if not chosen.wants(notice.entry):
        return _withhold(mail, "switched_off", completing, clock)
    if not _is_address(reader.address):
        return _withhold(mail, "address_malformed", completing, clock)
    message = write_mail(notice=notice, reader=reader, check_phrase=chosen.check_phrase)
    state, because, answer = NoticeMail.State.SENT, "", ""
    try:
        _hand_over(message)  # 2
    except _RefusedForGood as refusal:
        state, because = NoticeMail.State.BOUNCED, "mail_refused"
        answer = str(refusal)
    with completing():  # 3
        end_mail(
            mail=mail,
            state=state,
            at=clock(),
            address=reader.address,
            because=because,
            answer=answer,
        )
    return None


def _withhold(
    mail: NoticeMail,
    because: str,
    completing: Callable[[], AbstractContextManager[None]],
    clock: Callable[[], datetime],
) -> None:
    with completing():
        end_mail(mail=mail, state=NoticeMail.State.WITHHELD, at=clock(), because=because)


def _is_address(text: str) -> bool:
    """Say no to what would be a second header, or a second recipient, over there."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _hand_over(message: EmailMessage) -> None:
    try:
        taken = get_connection().send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        ((code, answer),) = error.recipients.values()
        raise _judge(code, answer) from error
    except smtplib.SMTPDataError as error:
        raise _judge(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPResponseException as error:  # it has something against us
        raise MailNotTaken(f"SMTP {error.smtp_code}") from error
    except OSError as error:  # away, cut off, or SMTPException, which descends from it
        raise MailNotTaken(type(error).__name__) from error
    if taken != 1:
        raise MailNotTaken("not taken")


def _judge(code: int, answer: bytes | str) -> Exception:
    """Leave what the server said out of errors: it often repeats the address."""
    if code < _FOR_GOOD:
        return MailNotTaken(f"SMTP {code}")
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return _RefusedForGood(f"{code} {without_controls(text)}"[:_KEPT_OF_ANSWER])
