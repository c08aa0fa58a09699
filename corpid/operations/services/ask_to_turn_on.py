"""The first of two words that turn a function on again."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, gettext_noop
from corpid.operations.models import FunctionOff
from corpid.operations.services.holds_right import holds_right
from corpid.operations.services.turn_off_function import ReasonMissing

RIGHT = "operations.turn_on_function"


class FunctionIsOn(Conflict):
    code = "function_is_on"
    title = gettext_noop("This function is on again already.")
    remedy = gettext_noop("There is nothing more to do.")


class SecondWordAwaited(Conflict):
    code = "second_word_awaited"
    title = gettext_noop("Somebody has asked already to turn this function on.")
    remedy = gettext_noop("Confirm it, if you are somebody else and agree.")


@transaction.atomic
def ask_to_turn_on(*, off: FunctionOff, reason: str, actor: str, at: datetime) -> None:
    """Ask; nothing is on yet. It lapses after a day, or with the right of who asked.

    Raises ReasonMissing, FunctionIsOn, SecondWordAwaited.
    """
    if not reason.strip():
        raise ReasonMissing
    off = FunctionOff.objects.select_for_update().get(id=off.id)
    if off.on_at is not None:
        raise FunctionIsOn(off.subject)
    asked_before = off.waits_for_second(at=at)
    if asked_before and holds_right(actor=off.on_asked_by, permission=RIGHT):
        raise SecondWordAwaited(off.subject)
    off.on_asked_by, off.on_asked_at, off.on_reason = actor, at, reason.strip()
    off.save(update_fields=["on_asked_by", "on_asked_at", "on_reason"])
    record_event(
        kind="operations.function.on_asked",
        at=at,
        actor=actor,
        subject=off.subject,
        facts={"switch": str(off.id)},
    )
