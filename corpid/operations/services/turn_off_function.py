"""Turn a function off everywhere: one person's word and a reason are enough."""

from datetime import datetime

from django.db import IntegrityError, transaction

from corpid.audit.services.record_event import record_event
from corpid.errors import Conflict, Invalid, gettext_noop
from corpid.operations.clients import known_clients
from corpid.operations.models import FunctionOff, SwitchedFunction
from corpid.operations.switches import forget_switches


class FunctionIsOff(Conflict):
    code = "function_is_off"
    title = gettext_noop("This function is off already.")
    remedy = gettext_noop("There is nothing more to do; see since when and why.")


class ReasonMissing(Invalid):
    code = "switch_reason_missing"
    title = gettext_noop("A switch is turned for a reason.")
    remedy = gettext_noop("Write down why; whoever is asked for a second word will read it.")


class NoSuchClient(Invalid):
    code = "switch_names_no_client"
    title = gettext_noop("The sign-in of one e-service can be switched off; name that one.")
    remedy = gettext_noop("Choose an e-service with signing in, and none with anything else.")


@transaction.atomic
def turn_off_function(
    *, function: SwitchedFunction, reason: str, actor: str, at: datetime, client_id: str = ""
) -> FunctionOff:
    """`client_id` names the e-service whose sign-in it is, and only then.

    Raises NoSuchClient, ReasonMissing, FunctionIsOff.
    """
    is_known = (
        client_id in known_clients() if function == SwitchedFunction.LOGIN else not client_id
    )
    if not is_known:
        raise NoSuchClient(f"{function} {client_id}".strip())
    if not reason.strip():
        raise ReasonMissing
    off = FunctionOff(
        function=function,
        client_id=client_id,
        reason=reason.strip(),
        off_by=actor,
        off_at=at,
    )
    try:
        with transaction.atomic():
            off.save(force_insert=True)
    except IntegrityError as error:
        if FunctionOff.objects.standing().filter(function=function, client_id=client_id):
            raise FunctionIsOff(off.subject) from error
        raise
    record_event(
        kind="operations.function.turned_off",
        at=at,
        actor=actor,
        subject=off.subject,
        facts={"switch": str(off.id)},
    )
    transaction.on_commit(forget_switches)
    return off
