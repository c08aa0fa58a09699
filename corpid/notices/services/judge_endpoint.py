"""Whether an address and types of events may be registered as they are written."""

from collections.abc import Sequence

from django.conf import settings

from corpid.errors import FieldError, Invalid, gettext_noop
from corpid.notices.event_types import EVENT_TYPES
from corpid.outbound.destinations import read_destination


class EventTypeUnknown(Invalid):
    code = "event_type_unknown"
    title = gettext_noop("There is no event of this type.")
    remedy = gettext_noop("Take types from the list of events; leave it empty for all.")


def judge_endpoint(*, url: str, event_types: Sequence[str]) -> None:
    """Leave what the address resolves to for each call.

    Raises DestinationRefused, EventTypeUnknown.
    """
    read_destination(url, allow_loopback=settings.SANDBOX)
    unknown = [
        FieldError(
            f"/event_types/{number}",
            "event_type_unknown",
            gettext_noop("There is no event of this type."),
        )
        for number, name in enumerate(event_types)
        if name not in EVENT_TYPES
    ]
    if unknown:
        raise EventTypeUnknown(field_errors=unknown)
