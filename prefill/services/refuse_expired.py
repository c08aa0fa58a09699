"""Refuse a request whose time is over."""

from datetime import datetime

from corpid.errors import Gone, gettext_noop
from prefill.models import PrefillRequest


class RequestExpired(Gone):
    code = "prefill_request_expired"
    title = gettext_noop("This request for data has expired.")
    remedy = gettext_noop("Go back to the form and ask again; nothing was sent.")


def refuse_expired(*, request: PrefillRequest, at: datetime) -> None:
    """Raise RequestExpired, whether or not housekeeping has been there."""
    if request.state == PrefillRequest.State.EXPIRED or not request.is_alive(at=at):
        raise RequestExpired
