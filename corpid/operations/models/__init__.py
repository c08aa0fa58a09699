"""What the operator of Corp ID began: re-keyings, functions switched off, re-checks."""

from corpid.operations.models.function_off import Function, FunctionOff
from corpid.operations.models.rechecking import RecheckFinding, RecheckPass
from corpid.operations.models.rekeying import UNCONFIRMED_FOR, RekeyedKey, Rekeying

__all__ = [
    "UNCONFIRMED_FOR",
    "Function",
    "FunctionOff",
    "RecheckFinding",
    "RecheckPass",
    "RekeyedKey",
    "Rekeying",
]
