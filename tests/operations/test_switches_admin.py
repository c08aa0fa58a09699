"""Caseworkers turn functions off alone, and on by twos; each with a right of its own."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from authentication.models import Account, Caseworker
from corpid.audit.models import Event
from corpid.operations.models import FunctionOff, SwitchedFunction
from tests.makers import make_e_service
from tests.signing_in import PASSWORD, code_of, give_device
from tests.switches import switch_off

pytestmark = pytest.mark.django_db
LIST = "/admin/operations/functionoff/"
OFF = {"function": "signing", "client_id": "", "reason": "a weakness was reported"}


def caseworker(client: Client, email: str, *rights: str) -> Account:
    account = Account.objects.create_account(email=email, password=PASSWORD, is_staff=True)
    Caseworker.objects.create(account=account, name=email)
    account.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.post(
        "/sign-in",
        {"email": email, "password": PASSWORD, "code": code_of(give_device(account))},
    )
    return account


def act(client: Client, action: str, off: FunctionOff, reason: str = "") -> str:
    answer = client.post(
        LIST,
        {"action": action, "_selected_action": [str(off.id)], "reason": reason},
        follow=True,
    )
    off.refresh_from_db()
    return answer.content.decode()


def test_one_caseworker_with_the_right_turns_a_function_off(client: Client) -> None:
    who = caseworker(client, "one@agency.example", "turn_off_function")
    assert client.get(f"{LIST}add/").status_code == 200

    client.post(f"{LIST}add/", OFF)

    off = FunctionOff.objects.get()
    event = Event.objects.get(kind="operations.function.turned_off")
    assert (off.function, off.reason, off.on_at) == ("signing", OFF["reason"], None)
    assert off.off_by == event.actor == f"caseworker:{who.pk}"


def test_a_caseworker_chooses_the_e_service_whose_sign_in_it_is(client: Client) -> None:
    caseworker(client, "one@agency.example", "turn_off_function")
    bank = make_e_service("bank")

    client.post(f"{LIST}add/", OFF | {"function": "login", "client_id": bank.client_id})

    assert FunctionOff.objects.get().client_id == bank.client_id


def test_an_e_service_that_is_not_there_is_no_choice(client: Client) -> None:
    caseworker(client, "one@agency.example", "turn_off_function")

    client.post(f"{LIST}add/", OFF | {"function": "login", "client_id": "esv_invented"})

    assert FunctionOff.objects.count() == 0


def test_what_is_off_already_is_told_beside_what_was_typed(client: Client) -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    caseworker(client, "one@agency.example", "turn_off_function")

    answer = client.post(f"{LIST}add/", OFF | {"reason": "a second weakness"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "This function is off already." in page
    assert "a second weakness" in page
    assert FunctionOff.objects.get() == off


@pytest.mark.parametrize("rights", [(), ("turn_on_function",), ("view_functionoff",)])
def test_without_the_right_nothing_is_turned_off(
    client: Client, rights: tuple[str, ...]
) -> None:
    caseworker(client, "one@agency.example", *rights)

    answer = client.post(f"{LIST}add/", OFF)

    assert answer.status_code == 403
    assert FunctionOff.objects.count() == 0


def test_two_caseworkers_turn_it_on_again(client: Client) -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    one = caseworker(client, "one@agency.example", "turn_on_function")
    act(client, "ask_for_on", off, "mended in release 7")
    second = Client()
    two = caseworker(second, "two@agency.example", "turn_on_function")

    act(second, "confirm_on", off)

    assert (off.on_asked_by, off.on_reason) == (f"caseworker:{one.pk}", "mended in release 7")
    assert off.on_by == f"caseworker:{two.pk}"


def test_the_same_caseworker_twice_turns_nothing_on_and_is_told_why(client: Client) -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    caseworker(client, "one@agency.example", "turn_on_function")
    act(client, "ask_for_on", off, "mended")

    page = act(client, "confirm_on", off)

    assert off.on_at is None
    assert "Ask a second person to confirm it within 24 hours." in page


def test_asking_takes_a_reason(client: Client) -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    caseworker(client, "one@agency.example", "turn_on_function")

    page = act(client, "ask_for_on", off)

    assert off.on_asked_by == ""
    assert "A switch is turned for a reason." in page


@pytest.mark.parametrize("rights", [(), ("turn_off_function",), ("change_functionoff",)])
def test_without_the_right_nothing_is_turned_on(
    client: Client, rights: tuple[str, ...]
) -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    caseworker(client, "one@agency.example", *rights)

    page = act(client, "ask_for_on", off, "mended")
    act(client, "confirm_on", off)

    assert (off.on_asked_by, off.on_at) == ("", None)
    assert "Confirm: turn on" not in page
