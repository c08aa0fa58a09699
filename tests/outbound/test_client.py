"""The guarded client against servers that misbehave, over real sockets."""

import datetime as dt
import re
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpcore2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from corpid.meters.counted import CallPurpose
from corpid.outbound.client import (
    AnswerNotTaken,
    AnswerTooLarge,
    Bounds,
    GuardedClient,
    NotAnswering,
    TooSlow,
    guarded_client,
)
from corpid.outbound.destinations import DestinationRefused
from corpid.protocols.trace_context import read_trace_id
from corpid.tracing import begin_trace, end_trace

Behaviour = Callable[[socket.socket], None]


@contextmanager
def server(behaviour: Behaviour, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve each connection with the behaviour until the block ends; gives the port."""

    class Door(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                connection = self.request
                if context:
                    connection = context.wrap_socket(connection, server_side=True)
                behaviour(connection)
            except OSError:
                return  # the client hung up, which is what many of these tests are about

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Door) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield running.server_address[1]
        finally:
            running.shutdown()
            thread.join()


def read_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        received = connection.recv(65536)
        if not received:
            return head
        head += received
    return head


def answering(answer: bytes) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        while read_head(connection):
            connection.sendall(answer)

    return behave


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def client() -> Iterator[GuardedClient]:
    made = GuardedClient(allow_loopback=True)
    yield made
    made.close()


def test_an_answer_comes_back_whole(client: GuardedClient) -> None:
    with server(answering(OK)) as port:
        answer = client.request(
            "GET", f"http://127.0.0.1:{port}/x", purpose=CallPurpose.REGISTER
        )

    assert (answer.status, answer.content) == (200, b"ok")
    assert answer.headers["content-type"] == "text/plain"


def test_one_connection_serves_many_calls(client: GuardedClient) -> None:
    connections = []

    def behave(connection: socket.socket) -> None:
        connections.append(connection)
        answering(OK)(connection)

    with server(behave) as port:
        for _ in range(3):
            client.request("GET", f"http://127.0.0.1:{port}/", purpose=CallPurpose.REGISTER)

    assert len(connections) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_and_nobody_follows_it(
    client: GuardedClient, status: int
) -> None:
    asked: list[bytes] = []

    def inside(connection: socket.socket) -> None:
        asked.append(read_head(connection))

    with server(inside) as inner_port:
        location = f"http://127.0.0.1:{inner_port}/secret"
        redirect = (
            f"HTTP/1.1 {status} Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        ).encode()
        with server(answering(redirect)) as port, pytest.raises(AnswerNotTaken):
            client.request("GET", f"http://127.0.0.1:{port}/", purpose=CallPurpose.REGISTER)

    assert asked == []


def test_ten_announced_gigabytes_are_refused_unread(client: GuardedClient) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n"
    with server(answering(head)) as port, pytest.raises(AnswerTooLarge):
        client.request("GET", f"http://127.0.0.1:{port}/", purpose=CallPurpose.REGISTER)


def test_ten_unannounced_gigabytes_are_cut_at_the_bound(client: GuardedClient) -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        block = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
        for _ in range(10_240):
            connection.sendall(block)
            sent += 1

    with server(flood) as port, pytest.raises(AnswerTooLarge):
        client.request(
            "GET",
            f"http://127.0.0.1:{port}/",
            bounds=Bounds(max_bytes=1 << 20),
            purpose=CallPurpose.REGISTER,
        )

    assert sent < 64


def test_a_compressed_answer_is_not_inflated(client: GuardedClient) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"
    with server(answering(answer)) as port, pytest.raises(AnswerNotTaken):
        client.request("GET", f"http://127.0.0.1:{port}/", purpose=CallPurpose.REGISTER)


# They answer in the end, so that a call which did not mind its deadline would succeed.
PAUSES, PAUSE = 1000, 0.05


def drip(connection: socket.socket) -> None:
    read_head(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % PAUSES)
    for _ in range(PAUSES):
        connection.sendall(b"a")
        hung_up(connection, PAUSE)


def drip_head(connection: socket.socket) -> None:
    read_head(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(PAUSES):
        connection.sendall(b"X: a\r\n")
        hung_up(connection, PAUSE)
    connection.sendall(b"Content-Length: 0\r\n\r\n")


def silence(connection: socket.socket) -> None:
    read_head(connection)
    hung_up(connection, PAUSES * PAUSE)
    connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def hung_up(connection: socket.socket, seconds: float) -> None:
    """Pause for so long, or until the client hangs up."""
    if select.select([connection], [], [], seconds)[0] and not connection.recv(1):
        raise ConnectionResetError


@pytest.mark.parametrize("behaviour", [drip, drip_head, silence])
def test_slowness_ends_at_the_deadline_of_the_call(
    client: GuardedClient, behaviour: Behaviour
) -> None:
    with server(behaviour) as port, pytest.raises(TooSlow):
        client.request(
            "GET",
            f"http://127.0.0.1:{port}/",
            bounds=Bounds(seconds=0.3),
            purpose=CallPurpose.REGISTER,
        )


def test_a_name_that_is_slow_to_resolve_counts_too() -> None:
    is_over = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        return ["8.8.8.8"] if is_over.wait(60) else []  # [] is no TooSlow

    client = GuardedClient(allow_loopback=False, resolve=resolve)
    try:
        with pytest.raises(TooSlow):
            client.request(
                "GET",
                "https://slow.example/",
                bounds=Bounds(seconds=0.2),
                purpose=CallPurpose.REGISTER,
            )
    finally:
        is_over.set()


@pytest.mark.parametrize(
    "garbage",
    [b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/1.1 2OO ok\r\n\r\n", b"\x00" * 64 + b"\r\n\r\n"],
)
def test_what_is_not_http_is_no_answer(client: GuardedClient, garbage: bytes) -> None:
    with server(answering(garbage)) as port, pytest.raises(NotAnswering):
        client.request(
            "GET",
            f"http://127.0.0.1:{port}/",
            bounds=Bounds(seconds=2),
            purpose=CallPurpose.REGISTER,
        )


def test_a_cut_body_is_no_answer(client: GuardedClient) -> None:
    def cut(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    with server(cut) as port, pytest.raises(NotAnswering):
        client.request("GET", f"http://127.0.0.1:{port}/", purpose=CallPurpose.REGISTER)


def test_nobody_listening_is_no_answer(client: GuardedClient) -> None:
    with server(answering(OK)) as port:
        pass

    with pytest.raises(NotAnswering):
        client.request("GET", f"http://127.0.0.1:{port}/", purpose=CallPurpose.REGISTER)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "169.254.169.254", "fd00::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
    ],
)
def test_a_public_name_with_a_private_address_is_never_dialled(address: str) -> None:
    dialled: list[str] = []

    def dial(to: str, _port: int, _seconds: float) -> httpcore2.NetworkStream:
        dialled.append(to)
        raise httpcore2.ConnectError

    client = GuardedClient(
        allow_loopback=True, resolve=lambda _host, _port: [address], dial=dial
    )
    with pytest.raises(DestinationRefused):
        client.request("GET", "https://innocent.example/", purpose=CallPurpose.REGISTER)

    assert dialled == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "0"])
def test_other_spellings_of_loopback_are_judged_by_what_they_resolve_to(host: str) -> None:
    client = GuardedClient(allow_loopback=False)

    with pytest.raises((DestinationRefused, NotAnswering)):
        client.request(
            "GET", f"https://{host}/", bounds=Bounds(seconds=2), purpose=CallPurpose.REGISTER
        )


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "register.example")])
    now = dt.datetime.now(tz=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("register.example")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@contextmanager
def register(certificate: Path, heads: list[bytes]) -> Iterator[int]:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)

    def behave(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(OK)
        connection.close()

    with server(behave, serving) as port:
        yield port


class Rebinding:
    """A name server that answers publicly first and privately from then on."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.resolved: list[str] = []
        self.dialled: list[str] = []

    def resolve(self, host: str, _port: int) -> list[str]:
        self.resolved.append(host)
        return ["8.8.8.8"] if len(self.resolved) == 1 else ["127.0.0.1"]

    def dial(self, address: str, _port: int, seconds: float) -> httpcore2.NetworkStream:
        self.dialled.append(address)
        return httpcore2.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout=seconds)

    def client(self, certificate: Path) -> GuardedClient:
        return GuardedClient(
            allow_loopback=False,
            resolve=self.resolve,
            dial=self.dial,
            ssl_context=ssl.create_default_context(cafile=str(certificate)),
        )


def test_the_judged_address_is_dialled_while_tls_proves_the_name(certificate: Path) -> None:
    heads: list[bytes] = []
    with register(certificate, heads) as port:
        names = Rebinding(port)
        client = names.client(certificate)

        answer = client.request(
            "GET", "https://register.example/a?b=c", purpose=CallPurpose.REGISTER
        )
        client.close()

    assert answer.content == b"ok"
    assert (names.resolved, names.dialled) == (["register.example"], ["8.8.8.8"])
    assert heads[0].startswith(b"GET /a?b=c HTTP/1.1\r\nHost: register.example\r\n")


def test_the_second_connection_is_judged_anew(certificate: Path) -> None:
    heads: list[bytes] = []
    with register(certificate, heads) as port:
        names = Rebinding(port)
        client = names.client(certificate)
        client.request(
            "GET",
            "https://register.example/",
            headers={"Connection": "close"},
            purpose=CallPurpose.REGISTER,
        )

        with pytest.raises(DestinationRefused):
            client.request("GET", "https://register.example/", purpose=CallPurpose.REGISTER)
        client.close()

    assert names.dialled == ["8.8.8.8"]


def test_a_certificate_for_another_name_ends_the_call(certificate: Path) -> None:
    heads: list[bytes] = []
    with register(certificate, heads) as port:
        client = Rebinding(port).client(certificate)

        with pytest.raises(NotAnswering):
            client.request("GET", "https://other.example/", purpose=CallPurpose.REGISTER)
        client.close()

    assert heads == []


def test_proxies_of_the_environment_are_not_asked(
    client: GuardedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    with server(answering(OK)) as port:
        assert (
            client.request(
                "GET", f"http://127.0.0.1:{port}/", purpose=CallPurpose.REGISTER
            ).content
            == b"ok"
        )


def test_cookies_are_forgotten(client: GuardedClient) -> None:
    heads: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        while head := read_head(connection):
            heads.append(head)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
            )

    with server(behave) as port:
        client.request("GET", f"http://127.0.0.1:{port}/", purpose=CallPurpose.REGISTER)
        client.request("GET", f"http://127.0.0.1:{port}/", purpose=CallPurpose.REGISTER)

    assert len(heads) == 2
    assert b"cookie" not in heads[1].lower()


def test_a_process_has_one_client() -> None:
    assert guarded_client() is guarded_client()


@contextmanager
def hearing() -> Iterator[tuple[int, list[bytes]]]:
    """Keep the head of each request."""
    heads: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        while head := read_head(connection):
            heads.append(head)
            connection.sendall(OK)

    with server(behave) as port:
        yield port, heads


@pytest.mark.parametrize(
    ("purpose", "is_told"),
    [
        (CallPurpose.WEBHOOK, True),
        (CallPurpose.REGISTER, True),
        (CallPurpose.STATUS_LIST, False),
        (CallPurpose.PRESENTATION_REQUEST, False),
        (CallPurpose.PRESENTATION_ANSWER, False),
    ],
)
def test_the_trace_goes_along_to_those_who_work_on_one_matter_with_us_alone(
    client: GuardedClient,
    purpose: CallPurpose,
    is_told: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    trace_id = begin_trace(None)
    try:
        with hearing() as (port, heads):
            client.request("GET", f"http://127.0.0.1:{port}/", purpose=purpose)
            client.request("GET", f"http://127.0.0.1:{port}/", purpose=purpose)
    finally:
        end_trace()

    sent = [re.findall(rb"traceparent: (.*)\r\n", head) for head in heads]
    found = [read_trace_id(value.decode()) for values in sent for value in values]
    assert found == ([trace_id, trace_id] if is_told else [])
    assert not is_told or sent[0] != sent[1]  # each call has a span of its own
    assert is_told or all(trace_id.encode() not in head for head in heads)


def test_without_a_trace_none_is_sent(client: GuardedClient) -> None:
    end_trace()

    with hearing() as (port, heads):
        client.request("GET", f"http://127.0.0.1:{port}/", purpose=CallPurpose.WEBHOOK)

    assert b"traceparent" not in heads[0]
