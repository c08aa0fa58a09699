"""A web server that is told to stop tells others, serves on, and ends with nothing lost."""

import http.client
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.test import Client

from corpid.embedded.ports import Ports
from corpid.embedded.processes import kill_group, spawn
from corpid.embedded.roles import ROOT, WEB
from corpid.embedded.run import command_line
from corpid.operations.draining import (
    LOOK_EVERY,
    MARK_VARIABLE,
    begin_draining,
    forget_last_look,
    is_draining,
)
from tests.running import FIRST_PORT, Product

DRAIN_SECONDS = 3


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "draining"
    monkeypatch.setenv(MARK_VARIABLE, str(path))
    forget_last_look()
    yield path
    forget_last_look()


def test_an_answer_before_the_drain_leaves_its_connection_open(
    client: Client, mark: Path
) -> None:
    answer = client.get("/servez")

    assert (answer.status_code, answer.headers.get("Connection")) == (200, None)


@pytest.mark.django_db
def test_from_the_drain_on_every_answer_is_its_connections_last(
    client: Client, mark: Path
) -> None:
    begin_draining()

    answers = [client.get(path) for path in ("/healthz", "/readyz", "/no-such-page")]

    assert [answer.headers["Connection"] for answer in answers] == ["close"] * 3


def test_a_process_that_looked_a_moment_ago_learns_of_the_drain_within_a_tenth_of_a_second(
    mark: Path,
) -> None:
    assert not is_draining()

    mark.touch()  # by another process

    time.sleep(LOOK_EVERY)
    assert is_draining()


def test_a_server_that_stops_is_up_and_not_ready(client: Client, mark: Path) -> None:
    begin_draining()

    assert client.get("/healthz").status_code == 200
    assert client.get("/servez").status_code == 503
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]) == (
        503,
        {"web server": "stops in a moment"},
    )


class WebServer:
    """One more web server beside the running product."""

    def __init__(self, running: Product, folder: Path) -> None:
        self._ports = Ports()
        self.port = self._ports.claim(FIRST_PORT + 700)
        environment = {
            **running.environment,
            "GRANIAN_PORT": str(self.port),
            "GRANIAN_HOST": "127.0.0.1",
            "DRAIN_SECONDS": str(DRAIN_SECONDS),
            "TMPDIR": str(folder),
        }
        self.log = folder / "web.log"
        self.process = spawn(
            command_line(WEB, environment),
            environment=environment,
            log=self.log,
            folder=ROOT,
            signal_at_parents_death=signal.SIGTERM,
        )
        deadline = time.monotonic() + 60
        while self.log.read_bytes().count(b"Started worker-") < 2:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def end(self) -> None:
        kill_group(self.process.pid)
        self.process.wait()
        self._ports.close()


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[int, str]:
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    return answer.status, answer.headers.get("Connection", "")


@pytest.fixture
def web_server(running: Product, tmp_path: Path) -> Iterator[WebServer]:
    server = WebServer(running, tmp_path)
    yield server
    server.end()


def test_a_web_server_serves_on_while_balancers_turn_away_and_loses_nothing(
    web_server: WebServer, tmp_path: Path
) -> None:
    with closing(web_server.connect()) as kept, closing(web_server.connect()) as slow:
        assert ask(kept, "/healthz") == (200, "")
        begin_to_ask(slow)

        web_server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with closing(web_server.connect()) as new:
            found = [ask(each, "/healthz") for each in (kept, new)]
            taking = ask(new, "/servez")
        time.sleep(DRAIN_SECONDS + 1)
        answer_at_the_end = finish_asking(slow)

    assert found == [(200, "close"), (200, "close")]
    assert taking == (503, "close")
    assert answer_at_the_end == 421  # another host's name: an answer, not a broken connection
    assert web_server.process.wait(timeout=20) == 0
    assert not list(tmp_path.glob("corpid-web-*"))


def begin_to_ask(connection: http.client.HTTPConnection) -> None:
    """Send half of a body; the server waits for the rest."""
    connection.putrequest("POST", "/oauth/token")
    connection.putheader("Content-Type", "application/x-www-form-urlencoded")
    connection.putheader("Content-Length", "40")
    connection.endheaders()
    connection.send(b"grant_type=client_c")


def finish_asking(connection: http.client.HTTPConnection) -> int:
    connection.send(b"redentials&scope=sign")
    return connection.getresponse().status


def test_a_second_signal_ends_the_drain_at_once(web_server: WebServer) -> None:
    web_server.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    again = time.monotonic()

    web_server.process.send_signal(signal.SIGTERM)

    assert web_server.process.wait(timeout=20) == 0
    assert time.monotonic() - again < DRAIN_SECONDS - 1
