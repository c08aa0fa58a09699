"""A function is turned off by one person, and on again by two; seen everywhere at once."""

import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from corpid.audit.models import Event
from corpid.errors import PartAway
from corpid.keys.bounded import forget_everything
from corpid.operations.models import FunctionOff, SwitchedFunction
from corpid.operations.models.function_off import ASKED_FOR
from corpid.operations.services.ask_to_turn_on import (
    FunctionIsOn,
    SecondWordAwaited,
    ask_to_turn_on,
)
from corpid.operations.services.require_function import (
    IssuingSwitchedOff,
    PrefillSwitchedOff,
    SigningSwitchedOff,
    SignInSwitchedOff,
    require_function,
)
from corpid.operations.services.require_two import SecondPersonNeeded
from corpid.operations.services.turn_off_function import (
    FunctionIsOff,
    NoSuchClient,
    ReasonMissing,
    turn_off_function,
)
from corpid.operations.services.turn_on_function import NobodyAsked, turn_on_function
from tests.makers import make_e_service
from tests.switches import make_caseworker, switch_off, switch_on

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
NOW = timezone.now()


@pytest.fixture
def one() -> str:
    return make_caseworker("one", "turn_on_function")


@pytest.fixture
def two() -> str:
    return make_caseworker("two", "turn_on_function")


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (SwitchedFunction.SIGNING, SigningSwitchedOff),
        (SwitchedFunction.ISSUING, IssuingSwitchedOff),
        (SwitchedFunction.PREFILL, PrefillSwitchedOff),
    ],
)
def test_each_function_is_off_by_itself(
    function: SwitchedFunction, error: type[PartAway]
) -> None:
    switch_off(function)

    with pytest.raises(error) as refused:
        require_function(function)

    assert refused.value.headers == {"Retry-After": "60"}
    for other in {
        SwitchedFunction.SIGNING,
        SwitchedFunction.ISSUING,
        SwitchedFunction.PREFILL,
    } - {function}:
        require_function(other)


def test_the_sign_in_of_one_e_service_is_off_and_no_others() -> None:
    bank, shop = make_e_service("bank"), make_e_service("shop")

    switch_off(SwitchedFunction.LOGIN, client_id=bank.client_id)

    with pytest.raises(SignInSwitchedOff):
        require_function(SwitchedFunction.LOGIN, client_id=bank.client_id)
    require_function(SwitchedFunction.LOGIN, client_id=shop.client_id)


@pytest.mark.parametrize(
    ("function", "client_id"),
    [
        (SwitchedFunction.LOGIN, ""),
        (SwitchedFunction.LOGIN, "esv_unknown"),
        (SwitchedFunction.SIGNING, "bank"),
    ],
)
def test_a_switch_that_would_stop_nothing_is_refused(
    function: SwitchedFunction, client_id: str
) -> None:
    make_e_service("bank")

    with pytest.raises(NoSuchClient):
        switch_off(function, client_id=client_id)


def test_a_function_is_turned_off_once_and_for_a_reason() -> None:
    with pytest.raises(ReasonMissing):
        turn_off_function(
            function=SwitchedFunction.SIGNING, reason=" ", actor="caseworker:one", at=NOW
        )
    switch_off(SwitchedFunction.SIGNING)

    with pytest.raises(FunctionIsOff):
        switch_off(SwitchedFunction.SIGNING)


def test_two_people_turn_it_on_and_it_can_be_turned_off_again() -> None:
    off = switch_off(SwitchedFunction.SIGNING)

    switch_on(off)

    require_function(SwitchedFunction.SIGNING)
    switch_off(SwitchedFunction.SIGNING)
    with pytest.raises(SigningSwitchedOff):
        require_function(SwitchedFunction.SIGNING)


def test_the_same_person_twice_turns_nothing_on(one: str) -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    ask_to_turn_on(off=off, reason="mended", actor=one, at=NOW)

    with pytest.raises(SecondPersonNeeded):
        turn_on_function(off=off, actor=one, at=NOW)

    forget_everything()
    with pytest.raises(SigningSwitchedOff):
        require_function(SwitchedFunction.SIGNING)


def test_the_table_itself_refuses_one_person_as_both(one: str) -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    ask_to_turn_on(off=off, reason="mended", actor=one, at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        FunctionOff.objects.filter(id=off.id).update(on_by=one, on_at=NOW)


def test_nobody_turns_on_what_nobody_asked_for(two: str) -> None:
    off = switch_off(SwitchedFunction.SIGNING)

    with pytest.raises(NobodyAsked):
        turn_on_function(off=off, actor=two, at=NOW)


def test_asking_twice_neither_confirms_nor_takes_the_others_place(one: str, two: str) -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    ask_to_turn_on(off=off, reason="mended", actor=one, at=NOW)

    with pytest.raises(SecondWordAwaited):
        ask_to_turn_on(off=off, reason="I agree", actor=two, at=NOW)

    off.refresh_from_db()
    assert (off.on_asked_by, off.on_by) == (one, "")


def test_a_first_word_waits_a_day_and_not_longer(one: str, two: str) -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    ask_to_turn_on(off=off, reason="mended", actor=one, at=NOW)

    with pytest.raises(NobodyAsked):
        turn_on_function(off=off, actor=two, at=NOW + ASKED_FOR)
    turn_on_function(off=off, actor=two, at=NOW + ASKED_FOR - SECOND)

    off.refresh_from_db()
    assert off.on_by == two


def test_a_first_word_that_lapsed_can_be_said_again_by_somebody_else(
    one: str, two: str
) -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    ask_to_turn_on(off=off, reason="mended", actor=one, at=NOW)

    ask_to_turn_on(off=off, reason="really", actor=two, at=NOW + ASKED_FOR)
    turn_on_function(off=off, actor=one, at=NOW + ASKED_FOR)

    off.refresh_from_db()
    assert (off.on_asked_by, off.on_by) == (two, one)


def test_what_is_on_can_be_neither_asked_for_nor_confirmed() -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    switch_on(off)

    with pytest.raises(FunctionIsOn):
        ask_to_turn_on(off=off, reason="mended", actor="caseworker:three", at=NOW)
    with pytest.raises(FunctionIsOn):
        turn_on_function(off=off, actor="caseworker:three", at=NOW)


def test_each_act_is_in_the_audit_log_and_the_reason_is_not() -> None:
    off = switch_off(SwitchedFunction.SIGNING)
    switch_on(off)

    told = Event.objects.filter(subject="function:signing").order_by("recorded_at", "id")

    assert [(event.kind, event.actor) for event in told] == [
        ("operations.function.turned_off", "caseworker:one"),
        ("operations.function.on_asked", make_caseworker("one", "turn_on_function")),
        ("operations.function.turned_on", make_caseworker("two", "turn_on_function")),
    ]
    assert "weakness" not in str([event.facts for event in told])


def test_a_switch_turned_elsewhere_is_seen_within_two_seconds() -> None:
    require_function(SwitchedFunction.SIGNING)  # remembered as on

    FunctionOff.objects.create(
        function="signing", reason="another process", off_by="caseworker:one", off_at=NOW
    )
    until = time.monotonic() + 2
    is_off = False
    while not is_off and time.monotonic() < until:
        time.sleep(0.1)
        try:
            require_function(SwitchedFunction.SIGNING)
        except SigningSwitchedOff:
            is_off = True

    assert is_off


def test_asking_a_thousand_times_costs_one_query() -> None:
    with CaptureQueriesContext(connection) as queries:
        for _ in range(1000):
            require_function(SwitchedFunction.SIGNING)

    assert len(queries) == 1
