"""The load of the drills tells whatever goes wrong, and never waits for ever."""

import json
import threading
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from tests.deploys.load import Tally, User
from tests.journeys.patience import eventually


class Broken(User):
    """Meets in its rounds what no answer of ours should make it meet."""

    failure: Exception

    def __post_init__(self) -> None:
        nobody: Any = SimpleNamespace(http=httpx2.Client())
        self.bank = self.stranger = nobody

    def _round(self) -> None:
        raise self.failure


@pytest.mark.parametrize("failure", [KeyError("id"), json.JSONDecodeError("no JSON", "", 0)])
def test_whatever_breaks_a_round_is_a_fault_and_another_round_follows(
    failure: Exception,
) -> None:
    tally, is_over = Tally(), threading.Event()
    user = Broken("", {}, tally, None)
    user.failure = failure
    thread = threading.Thread(target=user.run, args=[is_over], daemon=True)
    thread.start()

    eventually(lambda: len(tally.faults) > 1, within=10)
    is_over.set()
    thread.join(timeout=10)

    assert not thread.is_alive()
    assert set(tally.faults) == {repr(failure)}


def test_a_load_that_stands_still_ends_the_drill() -> None:
    tally = Tally(seconds=[0.1], faults=["GET /: 500"])

    tally.await_requests(1)
    with pytest.raises(AssertionError, match=r"1 of 2 requests, .*: 500"):
        tally.await_requests(2, stalled_after=0.2)
