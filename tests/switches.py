"""Turn functions off and on as caseworkers do, seen by this process at once."""

from django.utils import timezone

from corpid.keys.bounded import forget_everything
from corpid.operations.models import Function, FunctionOff
from corpid.operations.services.ask_to_turn_on import ask_to_turn_on
from corpid.operations.services.turn_off_function import turn_off_function
from corpid.operations.services.turn_on_function import turn_on_function


def switch_off(function: Function, *, client_id: str = "") -> FunctionOff:
    off = turn_off_function(
        function=function,
        client_id=client_id,
        reason="a weakness was reported",
        actor="caseworker:one",
        at=timezone.now(),
    )
    forget_everything()
    return off


def switch_on(off: FunctionOff) -> None:
    now = timezone.now()
    ask_to_turn_on(off=off, reason="it was mended", actor="caseworker:one", at=now)
    turn_on_function(off=off, actor="caseworker:two", at=now)
    forget_everything()
