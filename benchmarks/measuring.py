"""Two sides measured in turn, so that whatever else the machine does falls on both.

A figure is CPU milliseconds per good operation, or where a case is about waiting the median
of what its clients waited; what counts is the median of the rounds' ratios. One bad operation
voids the case: a fast refusal is no figure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from time import monotonic, process_time
from typing import Protocol


class Void(Exception):
    """An operation of a side was answered otherwise than it must be."""


class NotMeasured(Exception):
    """The case can't run here: what it measures, or what it compares with, is absent."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One side, one round. `beside`: CPU seconds of servers that worked for it."""

    good: int
    cpu_seconds: float
    seconds: float
    latencies: Sequence[float] = ()
    beside: Mapping[str, float] = field(default_factory=dict)

    @property
    def cost(self) -> float:
        """CPU milliseconds per good operation."""
        return 1000 * self.cpu_seconds / self.good

    @property
    def p50(self) -> float:
        """Milliseconds that half of the operations took at most."""
        return 1000 * median(self.latencies)


class JudgedBy(StrEnum):
    """Which figure of a sample the ratio is of."""

    CPU = "cpu"
    P50 = "p50"

    def of(self, sample: Sample) -> float:
        return sample.p50 if self is JudgedBy.P50 else sample.cost


class Side(Protocol):
    @property
    def name(self) -> str: ...

    def warm_up(self, seconds: float) -> None: ...

    def measure(self, seconds: float) -> Sample: ...


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured (`subject`) and what it can't be faster than, or is held against."""

    name: str
    title: str
    subject: Side
    comparison: Side
    bar: float | None = None  # the largest ratio that is good enough
    judged_by: JudgedBy = JudgedBy.CPU


@dataclass(frozen=True, slots=True)
class Measured:
    case: Case
    subject: list[Sample]
    comparison: list[Sample]

    @property
    def ratios(self) -> list[float]:
        pairs = zip(self.subject, self.comparison, strict=True)
        of = self.case.judged_by.of
        return [of(subject) / of(comparison) for subject, comparison in pairs]

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def is_within_bar(self) -> bool:
        return self.case.bar is None or self.ratio <= self.case.bar


def measure_in_turn(case: Case, *, rounds: int, seconds: float, warm_up: float) -> Measured:
    """Measure A B, then B A, and so on."""
    sides = (case.subject, case.comparison)
    samples: dict[int, list[Sample]] = {0: [], 1: []}
    for side in sides:
        side.warm_up(warm_up)
    for number in range(rounds):
        order = (0, 1) if number % 2 == 0 else (1, 0)
        for which in order:
            samples[which].append(sides[which].measure(seconds))
    return Measured(case, samples[0], samples[1])


@dataclass(slots=True)
class InProcess:
    """A function called in this process; its own CPU time counts, and that of its helpers."""

    name: str
    operation: Callable[[], object]
    beside: Callable[[], Mapping[str, float]] = dict
    helpers: Callable[[], float] = float

    def warm_up(self, seconds: float) -> None:
        self.measure(seconds)

    def measure(self, seconds: float) -> Sample:
        latencies: list[float] = []
        before = self.beside()
        began, began_cpu = monotonic(), process_time() + self.helpers()
        while (now := monotonic()) - began < seconds or not latencies:
            self.operation()
            latencies.append(monotonic() - now)
        used = process_time() + self.helpers() - began_cpu
        took = monotonic() - began
        after = self.beside()
        return Sample(
            good=len(latencies),
            cpu_seconds=used,
            seconds=took,
            latencies=latencies,
            beside={name: after[name] - before[name] for name in after},
        )
