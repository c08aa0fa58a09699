"""What the operator began: re-keyings, re-checks, functions switched off, outages announced."""

from corpid.operations.models.function_off import FunctionOff, SwitchedFunction
from corpid.operations.models.outage import Outage
from corpid.operations.models.rechecking import RecheckFinding, RecheckPass
from corpid.operations.models.rekeying import UNCONFIRMED_FOR, RekeyedKey, Rekeying

__all__ = [
    "UNCONFIRMED_FOR",
    "FunctionOff",
    "Outage",
    "RecheckFinding",
    "RecheckPass",
    "RekeyedKey",
    "Rekeying",
    "SwitchedFunction",
]
