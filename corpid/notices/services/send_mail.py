"""Try once to hand one notice to the mail server, and say what follows.

1. It is still wanted: not sent yet, not a task that is done, not switched off, and the person
   can be reached at an address that is proven to be theirs and has not refused us.
2. The person has a place for one more at this hour; if not, it is held back.
3. One conversation with the mail server.
4. Taken, or refused for good (5xx to the address or to the text): that is the end of it, and is
   shown. Where nobody is reached at the address, nothing more is sent to it. Anything else is
   tried again: 4xx, a server that is away, and what it has against us.

A worker that dies between the server's yes and our note of it leaves a second copy to be sent.
It has the first's Message-ID, by which mail programs know that they have it already.
"""

import smtplib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email

from corpid.errors import NotAvailable, gettext_noop
from corpid.notices.models import BouncingAddress, Notice, NoticeMail
from corpid.notices.plain_text import without_controls
from corpid.notices.recipients import find_reader
from corpid.notices.services.change_check_phrase import PHRASE_CHANGED
from corpid.notices.services.end_mail import end_mail
from corpid.notices.services.find_settings import Choices, find_settings
from corpid.notices.services.hold_mail import hold_mail
from corpid.notices.services.mark_bouncing import mark_bouncing
from corpid.notices.services.take_place import take_place
from corpid.notices.services.write_mail import write_mail
from corpid.notices.smtp_answers import blames_the_address, is_for_good

_KEPT_OF_ANSWER = 300


class MailNotTaken(NotAvailable):
    code = "mail_not_taken"
    title = gettext_noop("The mail server does not take this e-mail now.")
    remedy = gettext_noop("Nothing to do: it is tried again for about a day.")


@dataclass(frozen=True, slots=True)
class _Refusal:
    """For good. `answer` is what the server said; `of_address`: nobody is reached there."""

    answer: str
    of_address: bool


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
    reader = find_reader(mail.person_id)
    if reader is None:
        return _withhold(mail, "no_proven_address", completing, clock)
    chosen = find_settings(person_id=mail.person_id, language=reader.language)
    because = _unwanted(mail, reader.address, chosen)
    if because:
        return _withhold(mail, because, completing, clock)
    place = take_place(mail=mail, at=clock())  # 2
    if not place.is_taken:
        with completing():
            if place.free_at is not None:
                hold_mail(mail=mail, until=place.free_at, at=clock())
        return None
    message = write_mail(mail=mail, reader=reader, check_phrase=_phrase(mail.notice, chosen))
    refusal = _hand_over(message)  # 3
    with completing():  # 4
        _end(mail, reader.address, refusal, clock())
    return None


def _phrase(notice: Notice, chosen: Choices) -> str:
    """Prove the e-mail of a new phrase by the one before it, which its reader knows."""
    if notice.kind == PHRASE_CHANGED:
        return str(notice.facts["before"]) or chosen.drawn_phrase
    return chosen.check_phrase


def _unwanted(mail: NoticeMail, address: str, chosen: Choices) -> str:
    """Give the reason why it is not to be sent, if there is one.

    One that has taken others along goes out for their sake, whatever became of its own notice.
    """
    notice, is_alone = mail.notice, not mail.gathered.exists()
    if notice.done_at is not None and is_alone:
        return "done_already"
    if not chosen.wants(notice.entry) and is_alone:
        return "switched_off"
    if not _is_address(address):
        return "address_malformed"
    if BouncingAddress.objects.filter(address=address).exists():
        return "address_bounces"
    return ""


def _end(mail: NoticeMail, address: str, refusal: _Refusal | None, at: datetime) -> None:
    if refusal is None:
        end_mail(mail=mail, state=NoticeMail.State.SENT, at=at, address=address)
        return
    end_mail(
        mail=mail,
        state=NoticeMail.State.BOUNCED,
        at=at,
        address=address,
        because="mail_refused",
        answer=refusal.answer,
    )
    if refusal.of_address:
        mark_bouncing(person_id=mail.person_id, address=address, answer=refusal.answer, at=at)


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


def _hand_over(message: EmailMessage) -> _Refusal | None:
    """Give the refusal if there is one for good; raise MailNotTaken for any other."""
    try:
        taken = get_connection().send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        ((code, answer),) = error.recipients.values()
        return _judge(code, answer, of_address=True)
    except smtplib.SMTPDataError as error:
        return _judge(error.smtp_code, error.smtp_error, of_address=False)
    except smtplib.SMTPResponseException as error:  # it has something against us
        raise MailNotTaken(f"SMTP {error.smtp_code}") from error
    except OSError as error:  # away, cut off, or SMTPException, which descends from it
        raise MailNotTaken(type(error).__name__) from error
    if taken != 1:
        raise MailNotTaken("not taken")
    return None


def _judge(code: int, answer: bytes | str, *, of_address: bool) -> _Refusal:
    """Leave what the server said out of errors: it often repeats the address."""
    if not is_for_good(code):
        raise MailNotTaken(f"SMTP {code}")
    said = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    text = f"{code} {without_controls(said)}"[:_KEPT_OF_ANSWER]
    return _Refusal(text, of_address=of_address and blames_the_address(code, said))
