"""Turn functions off and on as caseworkers do, seen by this process at once."""

from django.contrib.auth.models import Permission
from django.utils import timezone

from authentication.models import Account
from corpid.keys.bounded import forget_everything
from corpid.operations.models import FunctionOff, SwitchedFunction
from corpid.operations.services.ask_to_turn_on import ask_to_turn_on
from corpid.operations.services.turn_off_function import turn_off_function
from corpid.operations.services.turn_on_function import turn_on_function
from tests.signing_in import PASSWORD


def switch_off(function: SwitchedFunction, *, client_id: str = "") -> FunctionOff:
    off = turn_off_function(
        function=function,
        client_id=client_id,
        reason="a weakness was reported",
        actor="caseworker:one",
        at=timezone.now(),
    )
    forget_everything()
    return off


def make_caseworker(name: str, *rights: str) -> str:
    """Give the actor of an account with these rights, made where it is not there."""
    email = f"{name}@agency.example"
    account = Account.objects.filter(email=email).first() or Account.objects.create_account(
        email=email, password=PASSWORD, is_staff=True
    )
    account.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return f"caseworker:{account.pk}"


def switch_on(off: FunctionOff) -> None:
    now = timezone.now()
    one, two = (make_caseworker(name, "turn_on_function") for name in ("one", "two"))
    ask_to_turn_on(off=off, reason="it was mended", actor=one, at=now)
    turn_on_function(off=off, actor=two, at=now)
    forget_everything()
