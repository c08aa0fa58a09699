"""Tell everybody, signed, that functions were, are or will be away."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Invalid, gettext_noop
from corpid.languages import LANGUAGES
from corpid.operations.models import Outage, SwitchedFunction
from corpid.operations.outage_notices import OUTAGE_NOTICES

# Departments may honour a notice: nobody writes one into a past that others have dealt with.
LATEST = timedelta(hours=24)
EARLIEST = timedelta(days=366)
LONGEST = timedelta(days=30)


class OutageWithoutFunction(Invalid):
    code = "outage_without_function"
    title = gettext_noop("An outage concerns at least one function.")
    remedy = gettext_noop("Choose which.")


class OutageTextMissing(Invalid):
    code = "outage_text_missing"
    title = gettext_noop("An outage is told in English, traditional and simplified Chinese.")
    remedy = gettext_noop("Write all three texts.")


class OutageTimesNotPossible(Invalid):
    code = "outage_times_not_possible"
    title = gettext_noop("An outage can't be announced for these times.")
    remedy = gettext_noop(
        "It begins at most 24 hours ago and within a year, and ends later, within 30 days."
    )


@transaction.atomic
def announce_outage(
    *,
    functions: Collection[SwitchedFunction],
    texts: Mapping[str, str],
    starts_at: datetime,
    ends_at: datetime | None,
    actor: str,
    at: datetime,
) -> Outage:
    """Announce it; `texts` by the codes of our languages, `ends_at` none while nobody knows.

    Raises OutageWithoutFunction, OutageTextMissing, OutageTimesNotPossible.
    """
    if not functions:
        raise OutageWithoutFunction
    told = {language: texts.get(language, "").strip() for language in LANGUAGES}
    if not all(told.values()):
        raise OutageTextMissing
    is_possible = at - LATEST <= starts_at <= at + EARLIEST and (
        ends_at is None or starts_at < ends_at <= starts_at + LONGEST
    )
    if not is_possible:
        raise OutageTimesNotPossible(f"{starts_at} {ends_at}")
    outage = Outage.objects.create(
        functions=[each.value for each in SwitchedFunction if each in functions],
        text_en=told["en"],
        text_tc=told["zh-hant"],
        text_sc=told["zh-hans"],
        starts_at=starts_at,
        ends_at=ends_at,
        announced_by=actor,
        announced_at=at,
    )
    record_event(
        kind="operations.outage.announced",
        at=at,
        actor=actor,
        subject=outage.subject,
        facts={
            "functions": tuple(outage.functions),
            "starts_at": starts_at.isoformat(),
            "ends_at": ends_at.isoformat() if ends_at else "",
        },
    )
    transaction.on_commit(OUTAGE_NOTICES.clear)
    return outage
