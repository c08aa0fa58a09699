"""What the log holds about a company, the newest first, a page at a time.

What the company must not be told (a restriction during an inquiry) carries the fact
`may_be_told: false`; it stands in the log like everything else, and not in this list.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from corpid.audit.event_page import EventPage, Position, read_page
from corpid.audit.models import Event


def list_company_events(
    *,
    company_id: UUID,
    since: datetime | None = None,
    until: datetime | None = None,
    kinds: str = "",
    after: Position | None = None,
    limit: int = 50,
) -> EventPage:
    """Give events in `[since, until)`; `kinds` is how their kinds begin (`signatures.`)."""
    return read_page(
        Event.objects.filter(_told_to(company_id)),
        since=since,
        until=until,
        kinds=kinds,
        after=after,
        limit=limit,
    )


def _told_to(company_id: UUID) -> Q:
    return Q(company_id=company_id) & ~Q(facts__contains={"may_be_told": False})
