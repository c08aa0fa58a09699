"""What the chaos run goes by: comparing, and its figures."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.chaos.faults import faults_told
from tests.chaos.reckoning import compare
from tests.chaos.report import figures, percentile, shortfalls


@pytest.mark.parametrize(
    ("found", "missing", "repeated"),
    [
        (["a", "b"], [], []),
        (["b", "a", "c"], [], []),  # c was done and its answer lost: no promise was given
        (["a"], ["b"], []),
        (["a", "b", "b"], [], ["b"]),
        ([], ["a", "b"], []),
        (["a", "a"], ["b"], ["a"]),
    ],
)
def test_what_was_answered_is_there_once(
    found: list[str], missing: list[str], repeated: list[str]
) -> None:
    assert compare(found, ["a", "b"]) == (missing, repeated)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([float(number) for number in range(1, 101)], 99, 99.0),
        ([7.0], 99, 7.0),
    ],
)
def test_a_percentile_is_a_value_that_was_measured(
    values: list[float], percent: int, expected: float
) -> None:
    assert percentile(values, percent) == expected


@pytest.mark.parametrize(
    ("struck", "taken_up", "portal_back", "missed"),
    [
        ({"worker": 1, "PostgreSQL": 2}, [9.0], [3.0], []),
        ({"worker": 1}, [9.0], [3.0], ["never struck: PostgreSQL"]),
        (
            {"worker": 1, "PostgreSQL": 2},
            [],
            [],
            ["never measured: taken_up_again_seconds", "never measured: portal_back_seconds"],
        ),
        (
            {"worker": 1, "PostgreSQL": 2},
            [9.0, 16.0],
            [6.0],
            [
                "taken_up_again_seconds: p99 is 16.0, not 15",
                "portal_back_seconds: max is 6.0, not 5",
            ],
        ),
    ],
)
def test_a_bar_that_nothing_was_measured_for_is_missed(
    struck: dict[str, int], taken_up: list[float], portal_back: list[float], missed: list[str]
) -> None:
    told = figures(
        seed=1,
        seconds=60,
        acknowledged=Counter(),
        lost=0,
        doubled=0,
        struck=struck,
        answers={},
        taken_up=taken_up,
        portal_back=portal_back,
    )

    found = shortfalls(
        told, blows=("worker", "PostgreSQL"), taken_up_within=15, portal_back_within=5
    )

    assert found == missed


def test_each_500_is_told_with_what_was_logged_of_it() -> None:
    def line(trace_id: str, *, after: int = 1, **more: object) -> str:
        moment = (began + timedelta(seconds=after)).isoformat()
        return json.dumps({"trace_id": trace_id, "timestamp": moment, **more}) + "\n"

    began = datetime(2030, 1, 1, tzinfo=UTC)
    log = [
        line("a", level="error", event="Internal Server Error", exception="... KeyError: 'x'"),
        line("a", level="info", event="request answered", route="inbox", status=500),
        line("b", level="error", event="no database", exception="... OperationalError"),
        line("b", level="info", event="request answered", route="inbox", status=503),
        line("c", level="info", event="request answered", route="old", status=500, after=-1),
        '{"trace_id": "d", "status": 50',
        "not of ours\n",
    ]

    assert faults_told(log, since=began) == ["500 of inbox: ... KeyError: 'x'"]
