"""A circuit breaker: after several failures in a row a register rests before it is asked again.

The lock is held while counting, never during the call: a slow register must not make its
callers wait for each other.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class BreakerOpen(Exception):
    """The register failed moments ago, and often; it is not asked now."""


class Breaker:
    """Closed, open for `rest_seconds`, then one caller tries while the others still rest."""

    def __init__(
        self,
        *,
        threshold: int = 5,
        rest_seconds: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threshold = threshold
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened_at: float | None = None
        self._is_probing = False

    @contextmanager
    def guard(self, *, failures: tuple[type[Exception], ...]) -> Iterator[None]:
        """Count the block: exceptions of `failures` are the register's, others are not.

        Raises BreakerOpen without running the block.
        """
        self._enter()
        try:
            yield
        except failures:
            self._count_failure()
            raise
        except BaseException:
            self._end_probe()
            raise
        else:
            self._count_success()

    @property
    def is_open(self) -> bool:
        with self._lock:
            return self._rests()

    def _rests(self) -> bool:
        return (
            self._opened_at is not None and self._clock() < self._opened_at + self._rest_seconds
        )

    def _enter(self) -> None:
        with self._lock:
            if self._opened_at is None:
                return
            if self._rests() or self._is_probing:
                raise BreakerOpen
            self._is_probing = True

    def _count_failure(self) -> None:
        with self._lock:
            self._failures += 1
            if self._is_probing or self._failures >= self._threshold:
                self._opened_at = self._clock()
            self._is_probing = False

    def _end_probe(self) -> None:
        with self._lock:
            self._is_probing = False

    def _count_success(self) -> None:
        with self._lock:
            self._failures = 0
            self._opened_at = None
            self._is_probing = False
