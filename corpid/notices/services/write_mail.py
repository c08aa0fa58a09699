"""Write a notice as an e-mail in its reader's language.

The subject says what kind of thing happened, never about whom or which document: it is shown on
locked screens and passes through many hands. So does the text, for what may be confidential.
Links lead to pages, which ask who is there; none of them does anything by being opened.
"""

from collections import Counter
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, override

from corpid.languages import TAGS
from corpid.notices.catalogue import CATALOGUE
from corpid.notices.models import Notice, NoticeMail
from corpid.notices.plain_text import without_controls
from corpid.notices.recipients import Reader
from corpid.notices.services.word_notice import word_notice

_SETTINGS = "/account/notices"
_INBOX = "/inbox"


def write_mail(*, mail: NoticeMail, reader: Reader, check_phrase: str) -> EmailMessage:
    """Give the same bytes for the same words: a second copy has the first's Message-ID.

    What was held back and goes along is named like a subject: nothing of whom or what.
    """
    notice = mail.notice
    with override(reader.language):
        subject = gettext(notice.entry.subject)
        paragraphs = [
            *_what(notice),
            _due(notice),
            gettext("Sign in to see it:") + f"\n{settings.BASE_URL}{notice.path}",
            _others(mail),
            gettext("Your check phrase: {phrase}").format(phrase=check_phrase)
            + "\n"
            + gettext("If an e-mail shows another phrase, or none, it is not from Corp ID."),
            gettext("No e-mail of ours asks for a password or a code.")
            + "\n"
            + gettext("Choose what you are e-mailed, and your check phrase:")
            + f"\n{settings.BASE_URL}{_SETTINGS}",
        ]
    return EmailMessage(
        subject=subject,
        body="\n\n".join(filter(None, paragraphs)) + "\n",
        to=[reader.address],
        headers={
            "Message-ID": f"<{notice.id}@{urlsplit(settings.BASE_URL).hostname}>",
            "Date": format_datetime(notice.raised_at),
            "Auto-Submitted": "auto-generated",  # RFC 3834: nobody's absence is told to us
            "Content-Language": TAGS.get(reader.language, "en"),
        },
    )


def _what(notice: Notice) -> list[str]:
    if notice.entry.is_confidential:
        return [gettext("What it is about stays in Corp ID.")]
    words = word_notice(notice=notice)
    return [_on_one_line(words.title), _on_one_line(words.text)]


def _others(mail: NoticeMail) -> str:
    """Count by kind what was held back, in the order of the catalogue."""
    counts = Counter(mail.gathered.values_list("notice__kind", flat=True))
    if not counts:
        return ""
    number = counts.total()
    told = ngettext(
        "%(count)d more notice is in your inbox. You got many e-mails, so we held it back:",
        "%(count)d more notices are in your inbox. You got many e-mails, so we held them back:",
        number,
    ) % {"count": number}
    lines = [
        f"- {gettext(kind.subject)} ({counts[key]})"
        for key, kind in CATALOGUE.items()
        if counts[key]
    ]
    return "\n".join([told, *lines, f"{settings.BASE_URL}{_INBOX}"])


def _due(notice: Notice) -> str:
    if notice.due_at is None:
        return ""
    moment = date_format(timezone.localtime(notice.due_at), "DATETIME_FORMAT")
    return gettext("It ends at {moment}, Hong Kong time.").format(moment=moment)


def _on_one_line(text: str) -> str:
    return " ".join(without_controls(text).split())
