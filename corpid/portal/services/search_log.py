"""A caseworker searches the audit log; that they did stands in it too."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from authentication.models import Company
from corpid.audit.event_page import EventPage, Position
from corpid.audit.services.record_event import record_event
from corpid.audit.services.search_events import search_events
from corpid.errors import NotFound, gettext_noop


class NoSuchCompany(NotFound):
    code = "log_search_no_such_company"
    title = gettext_noop("There is no company with this identifier.")
    remedy = gettext_noop("Check the Unique Business Identifier.")


@transaction.atomic
def search_log(
    *,
    caseworker_id: UUID,
    ubi: str,
    since: datetime | None,
    until: datetime | None,
    kinds: str,
    after: Position | None,
    limit: int,
    at: datetime,
) -> EventPage:
    """Find events of a company, or (`ubi` empty) of all within a day.

    The company named sees that a caseworker looked. Raises NoSuchCompany, TimeTooLong.
    """
    company_id = _company_id(ubi) if ubi else None
    page = search_events(
        company_id=company_id,
        since=since,
        until=until,
        kinds=kinds,
        after=after,
        limit=limit,
    )
    record_event(
        kind="caseworkers.log.searched",
        at=at,
        actor=f"caseworker:{caseworker_id}",
        subject=f"company:{company_id}" if company_id else "log",
        company_id=company_id,
        facts={
            "since": since.isoformat() if since else None,
            "until": until.isoformat() if until else None,
            "kinds": kinds,
            "later_page": after is not None,
            "shown": len(page.events),
        },
    )
    return page


def _company_id(ubi: str) -> UUID:
    found = Company.objects.filter(ubi=ubi).values_list("id", flat=True).first()
    if found is None:
        raise NoSuchCompany(ubi)
    return found
