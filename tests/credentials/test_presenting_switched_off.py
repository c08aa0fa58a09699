"""While the sending of company data is off nothing leaves the wallet; the consent stays."""

from typing import Any

import pytest

from corpid.keys.bounded import forget_everything
from corpid.operations.models import FunctionOff, SwitchedFunction
from corpid.operations.services.require_function import PrefillSwitchedOff
from credentials.models import Presentation
from credentials.services import answer_presentation_request as answering
from credentials.services.decline_presentation_request import decline_presentation_request
from credentials.services.judge_presentation import Verdict
from credentials.services.match_wallet import match_wallet
from tests.credentials.conftest import AT, World
from tests.credentials.test_present import answer, ask, read, verdict
from tests.switches import switch_off, switch_on

pytestmark = pytest.mark.django_db


def test_what_was_agreed_before_waits_and_is_sent_afterwards(world: World) -> None:
    world.issue()
    request = ask(world)
    pending = read(world, request)
    off = switch_off(SwitchedFunction.PREFILL)

    with pytest.raises(PrefillSwitchedOff):
        answer(world, pending)
    sent_while_off = Presentation.objects.count()
    switch_on(off)
    answer(world, pending)

    assert sent_while_off == 0
    assert verdict(world, request) == Verdict.IN_FORCE


def test_a_switch_turned_in_between_leaves_the_consent_unused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.issue()
    pending = read(world, ask(world))
    turned: list[FunctionOff] = []

    def match_and_turn(**arguments: Any) -> object:
        turned.append(switch_off(SwitchedFunction.PREFILL))
        return match_wallet(**arguments)

    monkeypatch.setattr(answering, "match_wallet", match_and_turn)

    with pytest.raises(PrefillSwitchedOff):
        answer(world, pending)

    assert len(turned) == 1
    assert not Presentation.objects.exists()
    monkeypatch.undo()
    forget_everything()  # the switch was rolled back with the transaction it was turned in
    assert answer(world, pending).presentations


def test_declining_goes_on(world: World) -> None:
    world.issue()
    pending = read(world, ask(world))
    switch_off(SwitchedFunction.PREFILL)

    name = decline_presentation_request(
        person=world.director, company=world.company, consent=pending.consent, at=AT
    )

    assert name == "Harbour Bank"


def test_another_function_that_is_off_stops_nothing_here(world: World) -> None:
    world.issue()
    pending = read(world, ask(world))
    switch_off(SwitchedFunction.SIGNING)

    assert answer(world, pending).presentations
