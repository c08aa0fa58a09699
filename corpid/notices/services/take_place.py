"""An e-mail takes one of its reader's places of this hour and this day, or is held back.

Whoever can make something happen can make us write: without a bound they could bury somebody
in e-mails, and among them the one that matters. What finds no place waits for the next that
does, which names it. Security has places of its own, so that nothing else uses them up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from corpid.notices.catalogue import CATALOGUE
from corpid.notices.models import NoticeMail

_LOCK = 0x6D61696C  # "mail": the first half of the advisory lock's key
_SECURITY = [kind.key for kind in CATALOGUE.values() if kind.is_security]
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Taken; or free at `free_at`; or, with neither, no longer wanted: another has ended it."""

    is_taken: bool
    free_at: datetime | None = None


@transaction.atomic
def take_place(*, mail: NoticeMail, at: datetime) -> Place:
    """Take it, and along with it all that is held for the same person.

    A second try keeps the place, and what goes along: a copy has the same text as the first.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, str(mail.person_id)]
        )
    # Read after the lock was given: whoever held it may have taken this one along.
    now = NoticeMail.objects.get(pk=mail.pk)
    if now.state != NoticeMail.State.PENDING:
        return Place(is_taken=False)
    if now.begun_at is not None:
        return Place(is_taken=True)
    free_at = _free_at(mail, at)
    if free_at is not None:
        return Place(is_taken=False, free_at=free_at)
    NoticeMail.objects.filter(pk=mail.pk).update(begun_at=at)
    held = NoticeMail.objects.filter(
        person_id=mail.person_id,
        state=NoticeMail.State.PENDING,
        held_at__isnull=False,
        begun_at=None,  # one that has begun goes out by itself, with those it took along
    )
    held.filter(notice__done_at=None).update(
        state=NoticeMail.State.GATHERED, gathered_into=mail, ended_at=at
    )
    return Place(is_taken=True)


def _free_at(mail: NoticeMail, at: datetime) -> datetime | None:
    """Give the moment from which every window has a place, unless that is now."""
    begun = NoticeMail.objects.filter(person_id=mail.person_id)
    if mail.notice.entry.is_security:
        begun = begun.filter(notice__kind__in=_SECURITY)
    waits = []
    for window, places in _windows(is_security=mail.notice.entry.is_security):
        moments = begun.filter(begun_at__gt=at - window).order_by("-begun_at")
        oldest_that_counts = moments.values_list("begun_at", flat=True)[places - 1 : places]
        waits += [moment + window for moment in oldest_that_counts if moment is not None]
    return max(waits, default=None)


def _windows(*, is_security: bool) -> Iterator[tuple[timedelta, int]]:
    if is_security:
        yield _HOUR, settings.SECURITY_MAILS_PER_HOUR
    else:
        yield _HOUR, settings.MAILS_PER_HOUR
        yield _DAY, settings.MAILS_PER_DAY
