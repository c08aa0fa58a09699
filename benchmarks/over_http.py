"""Requests over HTTP to the running product; the server's CPU counts, not the client's."""

import http.client
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic
from typing import Protocol
from urllib.parse import urlsplit

from benchmarks.measuring import Sample, Void

_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Connection:
    """One kept-alive connection to the product."""

    def __init__(self, base_url: str) -> None:
        place = urlsplit(base_url)
        self._connection = http.client.HTTPConnection(
            place.hostname or "", place.port, timeout=_TIMEOUT
        )

    def send(self, request: Request) -> Answer:
        self._connection.request(
            request.method, request.path, body=request.body, headers=dict(request.headers)
        )
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def send_well(self, request: Request) -> Answer:
        """Send it; anything but a 2xx or 3xx voids the case."""
        answer = self.send(request)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            said = answer.body[:400].decode(errors="replace")
            raise Void(f"{request.method} {request.path}: {answer.status} {said}")
        return answer

    def close(self) -> None:
        self._connection.close()


# One operation, however many requests it takes; `turn` is different in each call.
Operation = Callable[[Connection, int], None]


class Served(Protocol):
    """The running product, or another web server that a case has started."""

    @property
    def base_url(self) -> str: ...

    def cpu_of(self, *roles: str) -> float: ...

    def cpu_of_servers(self) -> Mapping[str, float]: ...


class OverHttp:
    """An operation repeated by a few clients at once; CPU is that of the named roles."""

    def __init__(
        self,
        *,
        name: str,
        product: Served,
        operation: Operation,
        roles: tuple[str, ...] = ("web",),
        clients: int = 4,
        most: int | None = None,
        before: Callable[[], object] = lambda: None,
    ) -> None:
        self.name = name
        self._product = product
        self._operation = operation
        self._roles = roles
        self._clients = clients
        self._most = most  # operations a round, where each uses something up
        self._before = before  # puts back what they use up
        self._turn = 0
        self._lock = threading.Lock()

    def warm_up(self, seconds: float) -> None:
        self.measure(seconds)

    def measure(self, seconds: float) -> Sample:
        self._before()
        latencies: list[float] = []
        failures: list[Exception] = []
        began, turns = monotonic(), self._turn
        before, beside = self._product.cpu_of(*self._roles), self._product.cpu_of_servers()

        def work() -> None:
            connection = Connection(self._product.base_url)
            try:
                while monotonic() - began < seconds and not failures:
                    turn = self._take_turn(turns)
                    if turn is None:
                        return
                    sent = monotonic()
                    self._operation(connection, turn)
                    latencies.append(monotonic() - sent)
            except Exception as failure:  # noqa: BLE001  raised below, in the caller's thread
                failures.append(failure)
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(self._clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        after = self._product.cpu_of_servers()
        return Sample(
            good=len(latencies),
            cpu_seconds=self._product.cpu_of(*self._roles) - before,
            seconds=monotonic() - began,
            latencies=latencies,
            beside={name: after[name] - beside[name] for name in after},
        )

    def _take_turn(self, first: int) -> int | None:
        with self._lock:
            if self._most is not None and self._turn - first >= self._most:
                return None
            self._turn += 1
            return self._turn
