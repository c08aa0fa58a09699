"""What a caseworker finds in the log: also what companies are not told."""

from datetime import datetime, timedelta
from uuid import UUID

from corpid.audit.event_page import EventPage, Position, read_page
from corpid.audit.models import Event
from corpid.errors import Invalid, gettext_noop

LONGEST_OF_ALL = timedelta(days=1)


class TimeTooLong(Invalid):
    """Without a company nothing but the time leads to events, and a month of it is millions."""

    code = "log_search_too_long"
    title = gettext_noop("Without a company, one day of the log can be searched at a time.")
    remedy = gettext_noop("Name a company, or choose one day.")


def search_events(
    *,
    company_id: UUID | None,
    since: datetime | None,
    until: datetime | None,
    kinds: str,
    after: Position | None,
    limit: int,
) -> EventPage:
    """Give events in `[since, until)`, of one company or of all. Raises TimeTooLong."""
    among = Event.objects.all()
    if company_id is not None:
        among = among.filter(company_id=company_id)
    elif since is None or until is None or until - since > LONGEST_OF_ALL:
        raise TimeTooLong
    return read_page(among, since=since, until=until, kinds=kinds, after=after, limit=limit)
