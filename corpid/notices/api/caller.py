"""The e-service that calls, as a value; its token has been checked by then."""

from django.utils import timezone
from rest_framework.request import Request

from corpid.api.caller import Caller
from corpid.errors import NotAllowed, gettext_noop
from corpid.notices.recipients import may_receive


class NothingToTell(NotAllowed):
    code = "e_service_is_told_nothing"
    title = gettext_noop("This e-service is switched off and is told nothing.")
    remedy = gettext_noop("Write to the Corp ID office; the trace id helps them.")


def calling(request: Request) -> Caller:
    """Raise NothingToTell for one that was switched off while its token still runs."""
    caller = request.user
    assert isinstance(caller, Caller)  # noqa: S101  a scope was required before this
    if not may_receive(caller.e_service_id, at=timezone.now()):
        raise NothingToTell
    return caller
