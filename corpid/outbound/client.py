"""Call an address that somebody else chose, within bounds.

1. The URL is read once and judged (destinations.py).
2. Its name is resolved once per connection; every address must be public; the connection goes
   to the judged address itself, while TLS still proves the name. A second answer of the DNS
   (rebinding) is never asked for.
3. A redirect is an error: the other side may not choose a second destination.
4. One deadline covers resolving, connecting, TLS, sending, the headers and the body, enforced
   at each socket operation: a byte every second does not win time.
5. The body is counted while it arrives, without content codings, so nothing inflates.
6. No proxy of the environment, no cookies, no netrc.
"""

import os
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpcore2
from django.conf import settings

from corpid.errors import NotAvailable, gettext_noop
from corpid.meters.counted import CallPurpose, counting_call
from corpid.outbound.destinations import (
    Destination,
    DestinationRefused,
    judge_addresses,
    read_destination,
)
from corpid.protocols.trace_context import write_traceparent
from corpid.tracing import current_trace_id

Resolve = Callable[[str, int], list[str]]
Dial = Callable[[str, int, float], httpcore2.NetworkStream]


class NotAnswering(NotAvailable):
    code = "outside_not_answering"
    title = gettext_noop("Another system does not answer.")
    remedy = gettext_noop("Try again in a few minutes.")


class TooSlow(NotAnswering):
    code = "outside_too_slow"
    title = gettext_noop("Another system took too long to answer.")


class AnswerTooLarge(NotAnswering):
    code = "outside_answer_too_large"
    title = gettext_noop("Another system sent more than we take.")


class AnswerNotTaken(NotAnswering):
    code = "outside_answer_not_taken"
    title = gettext_noop("Another system answered in a way that we do not follow.")


@dataclass(frozen=True, slots=True)
class Bounds:
    seconds: float = 5.0
    max_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in lower case
    content: bytes


@dataclass(frozen=True, slots=True)
class _Call:
    destination: Destination
    ends_at: float  # time.monotonic()

    def remaining(self) -> float:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise httpcore2.TimeoutException("deadline of the call")
        return left


# The synchronous pool does everything in the calling thread, so its sockets find the call here.
_call: ContextVar[_Call] = ContextVar("outbound_call")


def resolve_with_system(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def dial_with_system(address: str, port: int, seconds: float) -> httpcore2.NetworkStream:
    return httpcore2.SyncBackend().connect_tcp(address, port, timeout=seconds)


class _BoundedStream(httpcore2.NetworkStream):
    """A socket that knows the deadline of the call it serves at the moment."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  ours counts
        return self._inner.read(max_bytes, _call.get().remaining())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  ours counts
        self._inner.write(buffer, _call.get().remaining())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  ours counts
    ) -> httpcore2.NetworkStream:
        remaining = _call.get().remaining()
        return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, remaining))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _PinningBackend(httpcore2.NetworkBackend):
    """Resolve, judge and connect in one step: there is no gap for a second answer."""

    def __init__(self, *, allow_loopback: bool, resolve: Resolve, dial: Dial) -> None:
        self._allow_loopback = allow_loopback
        self._resolve = resolve
        self._dial = dial
        # getaddrinfo knows no time-out; a thread of a small pool waits in our place.
        self.resolvers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolve")

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  the deadline of the call counts
        local_address: str | None = None,  # noqa: ARG002  never set
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002  never set
    ) -> httpcore2.NetworkStream:
        call = _call.get()
        addresses = self._addresses(host, port, call)
        judge_addresses(call.destination, addresses, allow_loopback=self._allow_loopback)
        failure: httpcore2.ConnectError | None = None
        for address in addresses[:4]:
            try:
                return _BoundedStream(self._dial(address, port, call.remaining()))
            except httpcore2.ConnectError as error:
                failure = error
        raise failure or httpcore2.ConnectError("no address")

    def _addresses(self, host: str, port: int, call: _Call) -> list[str]:
        asked = self.resolvers.submit(self._resolve, host, port)
        try:
            return asked.result(timeout=call.remaining())
        except FutureTimeout as error:
            raise httpcore2.ConnectTimeout("name not resolved in time") from error
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"name not resolved: {error}") from error


class GuardedClient:
    """One per process, safe to share between threads; connections are kept and used again."""

    def __init__(
        self,
        *,
        allow_loopback: bool,
        resolve: Resolve = resolve_with_system,
        dial: Dial = dial_with_system,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._backend = _PinningBackend(
            allow_loopback=allow_loopback, resolve=resolve, dial=dial
        )
        self._pool = httpcore2.ConnectionPool(
            ssl_context=ssl_context or ssl.create_default_context(),
            max_connections=64,
            max_keepalive_connections=16,
            keepalive_expiry=15.0,
            network_backend=self._backend,
        )

    def close(self) -> None:
        """Close the kept connections; only tests and short scripts need to."""
        self._pool.close()
        self._backend.resolvers.shutdown(wait=False)

    def request(
        self,
        method: str,
        url: str,
        *,
        purpose: CallPurpose,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        bounds: Bounds = Bounds(),
        allowed_hosts: frozenset[str] | None = None,
    ) -> Answer:
        """Make one call and read its whole answer.

        Raises DestinationRefused if the address may not be called, and NotAnswering (or a
        subclass that says how) if it does not answer within the bounds. Any status but a
        redirect is an answer; the caller judges it.
        """
        with counting_call(purpose) as counted:
            try:
                sent = {**(headers or {}), **_trace_of(purpose)}
                answer = self._request(method, url, sent, content, bounds, allowed_hosts)
            except (DestinationRefused, NotAnswering) as error:
                counted.outcome = error.code
                raise
            counted.outcome = f"{answer.status // 100}xx"
            return answer

    def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        bounds: Bounds,
        allowed_hosts: frozenset[str] | None,
    ) -> Answer:
        destination = read_destination(
            url, allow_loopback=self._allow_loopback, allowed_hosts=allowed_hosts
        )
        call = _Call(destination, time.monotonic() + bounds.seconds)
        token = _call.set(call)
        try:
            return self._answer(method, call, headers, content, bounds)
        except httpcore2.TimeoutException as error:
            raise TooSlow(f"{destination.host}: {error!r}") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise NotAnswering(f"{destination.host}: {error!r}") from error
        finally:
            _call.reset(token)

    def _answer(
        self,
        method: str,
        call: _Call,
        headers: Mapping[str, str],
        content: bytes | None,
        bounds: Bounds,
    ) -> Answer:
        with self._pool.stream(
            method,
            httpcore2.URL(
                scheme=call.destination.scheme,
                host=call.destination.host,
                port=call.destination.port,
                target=call.destination.target,
            ),
            headers=[
                ("Host", call.destination.authority),
                ("User-Agent", "Corp-ID/1"),
                ("Accept-Encoding", "identity"),
                *headers.items(),
            ],
            content=content,
            extensions={"timeout": {"pool": call.remaining()}},
        ) as response:
            received = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            _judge_headers(response.status, received, bounds)
            body = bytearray()
            for chunk in response.iter_stream():
                body += chunk
                if len(body) > bounds.max_bytes:
                    raise AnswerTooLarge(f"{call.destination.host}: over {bounds.max_bytes}")
            return Answer(response.status, received, bytes(body))


# Those who work with us on one matter. Whoever is asked about a presentation or a status must
# not learn that two calls belong together: that would undo what the wallet keeps apart.
_TRACED = frozenset({CallPurpose.WEBHOOK, CallPurpose.REGISTER})


def _trace_of(purpose: CallPurpose) -> Mapping[str, str]:
    trace_id = current_trace_id()
    if trace_id is None or purpose not in _TRACED:
        return {}
    span_id = secrets.token_hex(8)
    return {"traceparent": write_traceparent(trace_id=trace_id, span_id=span_id)}


def _judge_headers(status: int, headers: Mapping[str, str], bounds: Bounds) -> None:
    if 300 <= status < 400:  # noqa: PLR2004  the class of redirects
        raise AnswerNotTaken(f"redirect {status}")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise AnswerNotTaken("content coding although none was accepted")
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > bounds.max_bytes:
        raise AnswerTooLarge(f"announces {length} bytes")


@lru_cache(maxsize=1)
def _client_of_process(process_id: int) -> GuardedClient:  # noqa: ARG001  the cache's key
    return GuardedClient(allow_loopback=settings.SANDBOX)


def guarded_client() -> GuardedClient:
    """Give this process its client; a forked worker makes its own, with its own sockets."""
    return _client_of_process(os.getpid())
