"""Which functions are off, as this process remembers it: asked anew once a second.

What is turned off is dead in every process within a second and the time of one small query; the
store of record is PostgreSQL, and a wiped cache opens nothing.
"""

from corpid.keys.bounded import Bounded
from corpid.operations.models import FunctionOff
from corpid.operations.outage_notices import OUTAGE_NOTICES

Off = frozenset[tuple[str, str]]

FUNCTIONS_OFF: Bounded[str, Off] = Bounded(entries=1, seconds=1.0)


def functions_off() -> Off:
    """Give function and client id of each that is off."""
    return FUNCTIONS_OFF.get("off", _read)


def forget_switches() -> None:
    """Let this process, where one was turned, see it at once."""
    FUNCTIONS_OFF.clear()
    OUTAGE_NOTICES.clear()


def _read() -> Off:
    return frozenset(FunctionOff.objects.standing().values_list("function", "client_id"))
