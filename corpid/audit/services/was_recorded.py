"""Ask whether something was done by a service: whatever is only planted has no event."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from corpid.audit.canonical import JSON
from corpid.audit.models import Event

_NOTHING: Mapping[str, JSON] = MappingProxyType({})


def was_recorded(
    *,
    kind: str,
    subject: str,
    at: datetime,
    company_id: UUID | None = None,
    names: Mapping[str, JSON] = _NOTHING,
) -> bool:
    """Look at that very moment, where an index by company or by time makes it cheap.

    `names` are facts that the event has, among others; of a list, some of its items.
    """
    return Event.objects.filter(
        kind=kind,
        subject=subject,
        recorded_at=at,
        company_id=company_id,
        facts__contains=dict(names),
    ).exists()
