"""The second word turns a function on again; what has waited goes on by itself."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop
from corpid.jobs.services.wake_waiting import wake_waiting
from corpid.operations.models import FunctionOff, SwitchedFunction
from corpid.operations.services.ask_to_turn_on import RIGHT, FunctionIsOn
from corpid.operations.services.require_function import SWITCHED_OFF
from corpid.operations.services.require_two import require_two
from corpid.operations.switches import forget_switches


class NobodyAsked(Conflict):
    code = "turning_on_not_asked"
    title = gettext_noop("Nobody has asked, within a day, to turn this function on.")
    remedy = gettext_noop("Ask for it first; then somebody else confirms it.")


@transaction.atomic
def turn_on_function(*, off: FunctionOff, actor: str, at: datetime) -> None:
    """Wake what has waited for it.

    Raises FunctionIsOn, NobodyAsked, SecondPersonNeeded or RightEnded for what is not so far.
    """
    off = FunctionOff.objects.select_for_update().get(id=off.id)
    if off.on_at is not None:
        raise FunctionIsOn(off.subject)
    if not off.waits_for_second(at=at):
        raise NobodyAsked(off.subject)
    require_two(asked_by=off.on_asked_by, actor=actor, permission=RIGHT)
    off.on_by, off.on_at = actor, at
    off.save(update_fields=["on_by", "on_at"])
    record_event(
        kind="operations.function.turned_on",
        at=at,
        actor=actor,
        subject=off.subject,
        facts={"switch": str(off.id), "asked_by": off.on_asked_by},
    )
    wake_waiting(error_code=SWITCHED_OFF[SwitchedFunction(off.function)].code)
    transaction.on_commit(forget_switches)
