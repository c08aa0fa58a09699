"""What takes two people takes two who have the right when it happens, not when it was asked."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.utils import timezone

from authentication.models import Account
from corpid.keys.models import Algorithm, Purpose
from corpid.keys.services.create_key import create_key
from corpid.operations.models import FunctionOff, Rekeying, SwitchedFunction
from corpid.operations.services.ask_to_turn_on import SecondWordAwaited, ask_to_turn_on
from corpid.operations.services.begin_rekeying import begin_rekeying
from corpid.operations.services.confirm_rekeying import confirm_rekeying
from corpid.operations.services.require_two import RightEnded
from corpid.operations.services.turn_on_function import turn_on_function
from tests.switches import make_caseworker, switch_off
from tests.test_house import our_models

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@dataclass(frozen=True, slots=True)
class Pair:
    """A step of two people: the first asks, the second confirms."""

    right: str
    ask: Callable[[str], FunctionOff | Rekeying]
    confirm: Callable[[FunctionOff | Rekeying, str], object]
    is_done: Callable[[FunctionOff | Rekeying], bool]


def ask_for_signing(actor: str) -> FunctionOff:
    off = switch_off(SwitchedFunction.SIGNING)
    ask_to_turn_on(off=off, reason="mended", actor=actor, at=NOW)
    return off


def ask_for_keys(actor: str) -> Rekeying:
    create_key(purpose=Purpose.SEAL, algorithm=Algorithm.ES256, at=NOW, scope_id="c1")
    return begin_rekeying(is_compromised=False, reason="a drill", actor=actor, at=NOW)


PAIRS = {
    "function_is_turned_on_by_two_people": Pair(
        "turn_on_function",
        ask_for_signing,
        lambda off, actor: turn_on_function(off=off, actor=actor, at=NOW),  # type: ignore[arg-type]  # of its own pair
        lambda off: off.on_at is not None,  # type: ignore[union-attr]  # likewise
    ),
    "rekeying_is_confirmed_by_somebody_else": Pair(
        "change_rekeying",
        ask_for_keys,
        lambda rekeying, actor: confirm_rekeying(rekeying=rekeying, actor=actor, at=NOW),  # type: ignore[arg-type]  # likewise
        lambda rekeying: rekeying.state == "running",  # type: ignore[union-attr]  # likewise
    ),
}


def lose_the_right(name: str) -> None:
    make_caseworker(name)


def be_locked_out(name: str) -> None:
    Account.objects.filter(email=f"{name}@agency.example").update(is_active=False)


def be_no_caseworker_any_longer(name: str) -> None:
    Account.objects.filter(email=f"{name}@agency.example").update(is_staff=False)


def be_gone(name: str) -> None:
    Account.objects.get(email=f"{name}@agency.example").delete()


def test_every_constraint_that_parts_two_people_is_a_pair_of_these() -> None:
    names = {
        constraint.name
        for model in our_models()
        for constraint in model._meta.constraints  # noqa: SLF001  Django's documented _meta
        if "_by)" in str(getattr(constraint, "condition", ""))
    }

    assert names == PAIRS.keys()


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_two_who_have_the_right_are_enough(pair: Pair) -> None:
    one, two = (make_caseworker(name, pair.right) for name in ("one", "two"))
    asked = pair.ask(one)

    pair.confirm(asked, two)

    asked.refresh_from_db()
    assert pair.is_done(asked)


@pytest.mark.parametrize("who", ["one", "two"])
@pytest.mark.parametrize(
    "change", [lose_the_right, be_locked_out, be_no_caseworker_any_longer, be_gone]
)
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_who_lost_the_right_in_between_counts_as_nobody(
    pair: Pair, change: Callable[[str], None], who: str
) -> None:
    one, two = (make_caseworker(name, pair.right) for name in ("one", "two"))
    asked = pair.ask(one)
    change(who)

    with pytest.raises(RightEnded):
        pair.confirm(asked, two)

    asked.refresh_from_db()
    assert not pair.is_done(asked)


@pytest.mark.parametrize(
    "invented", ["caseworker:two", "person:1", "system", "", "operators:x"]
)
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_who_can_not_be_looked_up_has_no_right(pair: Pair, invented: str) -> None:
    asked = pair.ask(make_caseworker("one", pair.right))

    with pytest.raises(RightEnded):
        pair.confirm(asked, invented)


def test_somebody_else_may_ask_at_once_for_whom_has_left() -> None:
    one, two, three = (
        make_caseworker(name, "turn_on_function") for name in ("one", "two", "three")
    )
    off = ask_for_signing(one)
    with pytest.raises(SecondWordAwaited):
        ask_to_turn_on(off=off, reason="mended", actor=two, at=NOW)
    be_gone("one")

    ask_to_turn_on(off=off, reason="mended", actor=two, at=NOW)
    turn_on_function(off=off, actor=three, at=NOW)

    off.refresh_from_db()
    assert (off.on_asked_by, off.on_by) == (two, three)
