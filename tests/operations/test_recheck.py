"""One subject that can't be looked at holds up no other, and everybody is told of it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from structlog.testing import capture_logs

from corpid.audit.models import Event
from corpid.keys.token import TokenAway
from corpid.operations import rechecking
from corpid.operations.models import RecheckFinding, RecheckPass
from corpid.operations.rechecking import Rechecked, look_at, register_recheck
from corpid.operations.services.check_readiness import check_readiness
from corpid.operations.services.measure_installation import measure_installation
from corpid.operations.services.recheck import recheck
from corpid.rendering.fence import FenceBusy

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


class Things:
    """Thirty things, and what happens when one of them is looked at."""

    def __init__(self) -> None:
        self.at_thing: dict[int, Callable[[], Iterable[tuple[str, str]]]] = {}
        self.seen: list[int] = []

    def __call__(self, *, after: str, at_most: int, at: datetime) -> Rechecked:
        first = int(after) + 1 if after else 0
        return look_at(
            list(range(first, min(first + at_most, 30))),
            subject=lambda each: f"thing:{each}",
            place=str,
            mismatches=self._look,
        )

    def _look(self, thing: int) -> Iterator[tuple[str, str]]:
        self.seen.append(thing)
        yield from self.at_thing.get(thing, list)()


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> Things:
    """Let these be the only things that are looked at."""
    monkeypatch.setattr(rechecking, "_rechecks", {})
    things = Things()
    register_recheck("things", things)
    return things


def look(at: datetime = NOW) -> None:
    recheck(budget=timedelta(seconds=30), now=lambda: at)


def fail() -> list[tuple[str, str]]:
    raise ZeroDivisionError("of Chan Tai Man")


def fail_in_the_database() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    return []


@pytest.mark.parametrize("failure", [fail, fail_in_the_database])
def test_a_thing_that_can_not_be_looked_at_is_told_and_holds_up_no_other(
    things: Things, failure: Callable[[], list[tuple[str, str]]]
) -> None:
    things.at_thing[3] = failure
    things.at_thing[4] = lambda: [("wrong", "in itself")]

    with capture_logs() as lines:
        look()

    assert sorted(set(things.seen)) == list(range(30))
    found = RecheckFinding.objects.order_by("subject").values_list("subject", "code")
    assert list(found) == [("thing:3", "could_not_be_looked_at"), ("thing:4", "wrong")]
    told = Event.objects.filter(kind="operations.recheck.mismatch")
    assert {event.facts["code"] for event in told} == {"could_not_be_looked_at", "wrong"}
    assert "recheck: 2 mismatches" in check_readiness(at=NOW).warnings
    assert {line["code"] for line in lines if line["log_level"] == "error"} == {
        "could_not_be_looked_at",
        "wrong",
    }


def test_what_is_recorded_names_the_place_and_quotes_nothing(things: Things) -> None:
    """The text of an exception may hold a name or a document."""
    things.at_thing[3] = fail

    look()

    detail = RecheckFinding.objects.get().detail
    assert detail.startswith("ZeroDivisionError at test_recheck.py:")
    assert "Chan" not in detail


def wrong_and_then_fail() -> Iterator[tuple[str, str]]:
    yield "wrong", ""
    raise AssertionError


def test_what_was_found_before_the_failure_is_kept(things: Things) -> None:
    things.at_thing[0] = wrong_and_then_fail

    look()

    codes = {*RecheckFinding.objects.filter(subject="thing:0").values_list("code", flat=True)}
    assert codes == {"wrong", "could_not_be_looked_at"}


def test_a_mended_thing_ends_its_finding(things: Things) -> None:
    things.at_thing[3] = fail
    look()
    things.at_thing.clear()

    look(NOW + timedelta(days=1, seconds=1))

    assert RecheckFinding.objects.get().ended_at == NOW + timedelta(days=1, seconds=1)


def away() -> list[tuple[str, str]]:
    raise TokenAway


def fence_busy() -> list[tuple[str, str]]:
    raise FenceBusy


def database_away() -> list[tuple[str, str]]:
    raise OperationalError("server closed the connection")


@pytest.mark.parametrize("failure", [away, fence_busy, database_away])
def test_a_part_of_ours_that_is_away_speaks_of_no_thing(
    things: Things, failure: Callable[[], list[tuple[str, str]]]
) -> None:
    things.at_thing[3] = failure

    with pytest.raises((TokenAway, FenceBusy, OperationalError)):
        look()

    assert not RecheckFinding.objects.exists()
    assert {each.checked for each in RecheckPass.objects.all()} == {0}


def test_figures_tell_of_mismatches_and_of_a_pass_that_is_held_up(things: Things) -> None:
    def figures(at: datetime) -> tuple[int, timedelta, timedelta]:
        stored = measure_installation(at=at).stored
        assert stored is not None
        found = stored.rechecks["things"]
        return found.mismatches, found.held_up, found.round

    assert figures(NOW) == (0, timedelta(0), timedelta(0))
    recheck(budget=timedelta(0), now=lambda: NOW)  # twenty-five of thirty
    assert figures(NOW + timedelta(hours=1)) == (0, timedelta(0), timedelta(hours=1))
    things.at_thing[29] = fail
    look()
    assert figures(NOW + timedelta(hours=1)) == (1, timedelta(0), timedelta(0))

    things.at_thing[3] = away
    with pytest.raises(TokenAway):
        look(NOW + timedelta(days=1))

    assert figures(NOW + timedelta(days=3)) == (1, timedelta(days=3), timedelta(0))
