"""The harness judges rightly, and every case runs; how fast is no test's business."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.__main__ import CASES, LONG_CASES
from benchmarks.measuring import Case, InProcess, JudgedBy, Measured, Sample, measure_in_turn
from benchmarks.report import Row, table, write
from corpid.embedded.roles import ROOT
from tests.running import Product


@dataclass
class Scripted:
    """A side that costs what it was told, and notes when it was asked."""

    name: str
    costs: list[float]
    asked: list[str]
    warmed: list[float] = field(default_factory=list)

    def warm_up(self, seconds: float) -> None:
        self.warmed.append(seconds)

    def measure(self, seconds: float) -> Sample:
        self.asked.append(self.name)
        return Sample(good=1, cpu_seconds=self.costs.pop(0), seconds=seconds)


def measured(ours: list[float], floor: list[float], bar: float | None = None) -> Measured:
    asked: list[str] = []
    case = Case("c", "A case", Scripted("A", ours, asked), Scripted("B", floor, asked), bar)
    return measure_in_turn(case, rounds=len(ours), seconds=1, warm_up=3)


def test_sides_are_measured_in_turn_and_in_turning_order() -> None:
    asked: list[str] = []
    sides = Scripted("A", [1, 1, 1], asked), Scripted("B", [1, 1, 1], asked)

    measure_in_turn(Case("c", "", *sides), rounds=3, seconds=1, warm_up=3)

    assert asked == ["A", "B", "B", "A", "A", "B"]
    assert [side.warmed for side in sides] == [[3], [3]]


def test_the_median_of_the_rounds_ratios_counts() -> None:
    assert measured([2, 8, 30], [1, 2, 3]).ratios == [2, 4, 10]
    assert measured([2, 8, 30], [1, 2, 3]).ratio == 4


@pytest.mark.parametrize(("bar", "is_good"), [(4.0, True), (3.9, False), (None, True)])
def test_a_ratio_over_its_bar_is_not_good(bar: float | None, *, is_good: bool) -> None:
    assert Row("c", "", measured([4], [1], bar)).is_good is is_good


def test_a_case_about_waiting_is_judged_by_its_median() -> None:
    def sample(*latencies: float) -> Sample:
        return Sample(good=len(latencies), cpu_seconds=9, seconds=1, latencies=latencies)

    sides = Scripted("A", [], []), Scripted("B", [], [])
    case = Case("c", "", *sides, bar=1.2, judged_by=JudgedBy.P50)
    within = Measured(case, [sample(0.001, 0.012, 0.5)], [sample(0.01, 0.01)])
    over = Measured(case, [sample(0.001, 0.013, 0.5)], [sample(0.01, 0.01)])

    assert (within.is_within_bar, over.is_within_bar) == (True, False)
    assert within.ratio == pytest.approx(1.2)


def test_a_row_without_its_comparison_says_so_and_is_not_good(tmp_path: Path) -> None:
    row = Row("verify", "Verify a file", reason="openssl is not installed")

    write([row, Row("c", "", measured([4], [1]))], tmp_path, settings={})

    assert not row.is_good
    assert "verify         not measured: openssl is not installed" in table([row])
    assert json.loads((tmp_path / "report.json").read_text())["rows"][0] == {
        "case": "verify",
        "title": "Verify a file",
        "not_measured": "openssl is not installed",
    }
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")


def test_a_function_is_charged_with_its_own_cpu_time() -> None:
    sample = InProcess("sum", lambda: sum(range(200_000))).measure(0.2)

    assert 0 < sample.cpu_seconds <= sample.seconds + 0.02  # one thread: no more than the clock
    assert len(sample.latencies) == sample.good >= 1


def test_the_guide_lists_every_case() -> None:
    guide = (ROOT / "docs" / "benchmarks.md").read_text()

    assert [name for name in CASES + LONG_CASES if f"| `{name}` |" not in guide] == []


@pytest.mark.needs("openssl")
def test_every_case_runs(running: Product, tmp_path: Path) -> None:
    every = CASES + LONG_CASES
    command = [sys.executable, "-m", "benchmarks", *every, "--smoke"]
    command += ["--state", str(running.state), "--out", str(tmp_path)]

    ran = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "CORPID_BENCH_EVENTS": "20000"},
    )

    said = ran.stdout + ran.stderr
    rows = json.loads((tmp_path / "report.json").read_text())["rows"]
    assert [row["case"] for row in rows] == list(every), said
    assert [row for row in rows if "not_measured" in row] == [], said
