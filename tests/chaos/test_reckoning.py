"""What the chaos run goes by: comparing, and its figures."""

import pytest

from tests.chaos.reckoning import compare
from tests.chaos.report import percentile


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
