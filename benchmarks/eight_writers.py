"""Eight writers to the database at once; the figure is the time that they took, not CPU time.

They are processes, so that nothing but the database is between them.
"""

import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from time import monotonic

from django.db import connection

from benchmarks.measuring import Sample

WRITERS = 8
_LONGEST = 120.0


@cache
def writers() -> ProcessPoolExecutor:
    """One pool for every case: a second one is forked while the first's threads hold locks."""
    connection.close()  # no writer may inherit it
    return ProcessPoolExecutor(WRITERS, mp_context=multiprocessing.get_context("fork"))


@dataclass(slots=True)
class EightWriters:
    """Has the operation called in eight processes, each with a connection of its own."""

    name: str
    operation: Callable[[int], object]
    pool: ProcessPoolExecutor
    beside: Callable[[], Mapping[str, float]]

    def warm_up(self, seconds: float) -> None:
        self.measure(seconds)

    def measure(self, seconds: float) -> Sample:
        before, began = self.beside(), monotonic()
        running = [
            self.pool.submit(_write, self.operation, began + seconds) for _ in range(WRITERS)
        ]
        latencies = [
            latency for writer in running for latency in writer.result(timeout=_LONGEST)
        ]
        took, after = monotonic() - began, self.beside()
        return Sample(
            good=len(latencies),
            cpu_seconds=took,
            seconds=took,
            latencies=latencies,
            beside={name: after[name] - before[name] for name in after},
        )


def _write(operation: Callable[[int], object], until: float) -> list[float]:
    latencies: list[float] = []
    while (now := monotonic()) < until or not latencies:
        operation(len(latencies))
        latencies.append(monotonic() - now)
    return latencies
