"""What the operator of Corp ID began: re-keyings and functions switched off."""

from corpid.operations.models.function_off import Function, FunctionOff
from corpid.operations.models.rekeying import UNCONFIRMED_FOR, RekeyedKey, Rekeying

__all__ = ["UNCONFIRMED_FOR", "Function", "FunctionOff", "RekeyedKey", "Rekeying"]
