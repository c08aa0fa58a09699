"""Refuse what is switched off, at the first step and at the last."""

from corpid.errors import SwitchedOff, gettext_noop
from corpid.operations.models import SwitchedFunction
from corpid.operations.switches import functions_off

RETRY_AFTER = 60  # seconds; people turn a function on again, and not within one


class FunctionSwitchedOff(SwitchedOff):
    """Jobs wait, and lose no attempt, until it is turned on again."""

    code = "function_switched_off"
    title = gettext_noop("This function is switched off for now.")
    remedy = gettext_noop("Nothing that you sent is lost. /status says what is off.")

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.headers["Retry-After"] = str(RETRY_AFTER)


class SigningSwitchedOff(FunctionSwitchedOff):
    code = "signing_switched_off"
    title = gettext_noop("Signing is switched off for now.")
    remedy = gettext_noop(
        "What was approved before is kept and is signed as soon as signing is on again. "
        "The page on service status says since when it is off."
    )


class IssuingSwitchedOff(FunctionSwitchedOff):
    code = "issuing_switched_off"
    title = gettext_noop("Issuing is switched off for now.")
    remedy = gettext_noop(
        "Send it again later. What was accepted before is kept and goes on by itself. "
        "The page on service status says since when it is off."
    )


class PrefillSwitchedOff(FunctionSwitchedOff):
    code = "prefill_switched_off"
    title = gettext_noop("Sending of company data is switched off for now.")
    remedy = gettext_noop(
        "Forms can be filled in by hand. What was agreed to before is kept and goes on by "
        "itself. The page on service status says since when it is off."
    )


class SignInSwitchedOff(FunctionSwitchedOff):
    code = "sign_in_switched_off"
    title = gettext_noop("Signing in to this e-service is switched off for now.")
    remedy = gettext_noop("Use the e-service without Corp ID, or try again later.")


SWITCHED_OFF: dict[SwitchedFunction, type[FunctionSwitchedOff]] = {
    SwitchedFunction.SIGNING: SigningSwitchedOff,
    SwitchedFunction.ISSUING: IssuingSwitchedOff,
    SwitchedFunction.PREFILL: PrefillSwitchedOff,
    SwitchedFunction.LOGIN: SignInSwitchedOff,
}


def require_function(function: SwitchedFunction, *, client_id: str = "") -> None:
    """Raise the function's own FunctionSwitchedOff while it is off.

    It costs a look into this process's memory; what was turned off elsewhere is seen within a
    second.
    """
    if (function.value, client_id) in functions_off():
        raise SWITCHED_OFF[function](f"{function} {client_id}".strip())
