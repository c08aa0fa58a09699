"""End an announced outage now, or call it off if it has not begun."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop
from corpid.operations.models import Outage
from corpid.operations.outage_notices import OUTAGE_NOTICES


class OutageIsOver(Conflict):
    code = "outage_is_over"
    title = gettext_noop("This outage is over, or was called off.")
    remedy = gettext_noop("There is nothing more to do.")


@transaction.atomic
def close_outage(*, outage: Outage, actor: str, at: datetime) -> None:
    """Let it end at this moment; a later start means that it never was. Raises OutageIsOver."""
    outage = Outage.objects.select_for_update().get(id=outage.id)
    if outage.closed_at is not None or outage.is_over(at=at):
        raise OutageIsOver(outage.reference)
    is_called_off = at <= outage.starts_at
    if not is_called_off:
        outage.ends_at = at
    outage.closed_by, outage.closed_at = actor, at
    outage.save(update_fields=["ends_at", "closed_by", "closed_at"])
    record_event(
        kind="operations.outage.called_off" if is_called_off else "operations.outage.ended",
        at=at,
        actor=actor,
        subject=outage.subject,
    )
    transaction.on_commit(OUTAGE_NOTICES.clear)
