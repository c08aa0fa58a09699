"""`make run`: real processes, started, killed, stopped."""

import http.client
import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import pytest
import redis
from celery import Celery

from corpid.embedded.processes import descendants, start_time
from corpid.embedded.roles import roles_of_a_laptop
from tests.running import FIRST_PORT, Product

pytestmark = pytest.mark.processes

KEPT = [
    *(role.name for role in roles_of_a_laptop()),
    *("relay", "archiver", "valkey", "postgresql"),
]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One set for the tests of this module, on a busy port and in a folder with a long path."""
    long_path = tmp_path_factory.mktemp("state") / ("a-long-name-" * 8) / ("b" * 120)
    long_path.mkdir(parents=True)
    with _busy_port() as busy:
        product = Product(long_path / "var", port=busy.getsockname()[1])
        product.start()
        yield product
        product.remove()


@contextmanager
def _busy_port() -> Iterator[socket.socket]:
    """Hold a port, whatever else runs on this machine."""
    for port in range(FIRST_PORT + 100, FIRST_PORT + 180):
        with socket.socket() as busy:
            busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                busy.bind(("127.0.0.1", port))
            except OSError:
                continue
            busy.listen()
            yield busy
            return
    pytest.fail("no free port")


def ask(product: Product, path: str, *, host: str = "127.0.0.1") -> tuple[int, bytes]:
    port = urlsplit(product.base_url).port
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()


def wait_until_ready(product: Product, *, within: float) -> float:
    began = time.monotonic()
    while ask(product, "/readyz")[0] != 200:
        assert time.monotonic() < began + within, ask(product, "/readyz")
        time.sleep(0.1)
    return time.monotonic() - began


def send_task(product: Product, *, queue: str) -> None:
    celery = Celery(broker=product.environment["BROKER_URL"])
    celery.send_task("corpid.jobs.run", args=[str(uuid4())], queue=queue)
    celery.close()


def hear_no_heartbeats(product: Product) -> None:
    """Forget the workers' last signs of life, so that readiness waits for new ones."""
    with redis.Redis.from_url(product.environment["CACHE_URL"]) as client:
        client.flushdb()


def test_a_busy_port_is_told_and_the_next_one_taken(product: Product) -> None:
    wished = product.port

    told = re.search(rf"Port {wished} is taken; using (\d+)\.", product.output)
    assert told is not None
    assert wished < int(told[1]) <= wished + 20  # the next that nobody holds by then
    assert product.base_url == f"http://localhost:{told[1]}"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_both_loopback_addresses_answer(product: Product, host: str) -> None:
    assert ask(product, "/healthz", host=host) == (200, b"ok\n")


def test_another_host_name_is_sent_to_the_printed_address(product: Product) -> None:
    port = urlsplit(product.base_url).port
    connection = http.client.HTTPConnection("127.0.0.1", port)

    with closing(connection):
        connection.request("GET", "/a?b=1", headers={"Host": f"127.0.0.1:{port}"})
        answer = connection.getresponse()

        assert answer.status == 301
        assert answer.headers["Location"] == f"{product.base_url}/a?b=1"


def test_the_handle_names_every_process_and_nobody_else_reads_it(product: Product) -> None:
    handle = product.sandbox

    assert {each["role"] for each in handle["processes"]} == {"supervisor", *KEPT}
    assert all(start_time(each["pid"]) for each in handle["processes"])
    assert (product.state / "sandbox.json").stat().st_mode & 0o777 == 0o600
    assert (product.state / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_the_handles_database_is_reached_as_the_application(product: Product) -> None:
    connection = psycopg2.connect(product.sandbox["database_url"])

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, current_setting('server_version_num')::int / 10000"
        )
        assert cursor.fetchone() == ("corpid_app", 18)
    connection.close()


def test_a_second_start_in_the_same_folder_is_refused(product: Product, tmp_path: Path) -> None:
    second = Product(product.state, port=product.port)
    second.said = tmp_path / "said"

    with pytest.raises(pytest.fail.Exception) as refused:
        second.start()

    assert f"Corp ID already runs in {product.state}" in str(refused.value)
    assert ask(product, "/healthz")[0] == 200


@pytest.mark.parametrize("role", KEPT)
def test_a_killed_process_is_started_again(
    product: Product, role: str, record_property: Callable[[str, object], None]
) -> None:
    killed = product.pid(role)
    group = [killed, *descendants(killed)]

    os.kill(killed, signal.SIGKILL)

    began = time.monotonic()
    while product.pid(role) == killed:
        assert time.monotonic() < began + 15, product.output
        time.sleep(0.05)
    hear_no_heartbeats(product)
    wait_until_ready(product, within=15 - (time.monotonic() - began))
    record_property("figure", f"{role} killed: back after {time.monotonic() - began:.1f} s")
    assert not [pid for pid in group if start_time(pid) is not None]


def test_workers_take_up_jobs_again_after_valkey_was_killed(product: Product) -> None:
    broker = product.environment["CACHE_URL"].replace("db=0", "db=1")
    os.kill(product.pid("valkey"), signal.SIGKILL)
    time.sleep(1)
    wait_until_ready(product, within=15)

    # One that nobody takes would stay: each queue's list must be emptied.
    send_task(product, queue="sign")
    send_task(product, queue="housekeeping")

    with redis.Redis.from_url(broker) as client:
        began = time.monotonic()
        while client.llen("sign") or client.llen("housekeeping"):
            assert time.monotonic() < began + 15
            time.sleep(0.1)


def test_a_running_set_keeps_the_claim_to_its_ports(product: Product) -> None:
    """No other set may take one in the moment in which its server is restarted."""
    port = urlsplit(product.base_url).port

    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as rival,
        pytest.raises(OSError, match="in use"),
    ):
        rival.bind(f"\0corpid-port-{port}")


def test_a_killed_web_worker_is_replaced(product: Product) -> None:
    before = descendants(product.pid("web"))
    assert len(before) == 2

    for pid in before:
        os.kill(pid, signal.SIGKILL)

    began = time.monotonic()
    while len(set(descendants(product.pid("web"))) - set(before)) < 2:
        assert time.monotonic() < began + 10, product.output
        time.sleep(0.1)
    wait_until_ready(product, within=10)


def test_two_run_side_by_side_and_each_leaves_nothing_behind(
    product: Product, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    beside = Product(tmp_path / "var", port=product.port)
    beside.start()
    cold = beside.started_in
    assert beside.base_url != product.base_url
    assert beside.environment["SECRET_KEY"] != product.environment["SECRET_KEY"]

    stopped = [beside.stop()]
    beside.start()
    warm = beside.started_in
    assert beside.supervisor is not None
    left = [beside.supervisor.pid, *descendants(beside.supervisor.pid)]
    sockets = Path(json.loads((beside.state / "processes.json").read_text())["sockets"])
    stopped.append(beside.stop(signal.SIGINT))
    beside.remove()

    record_property("figure", f"start: cold {cold:.1f} s, warm {warm:.1f} s")
    record_property("figure", f"stop: SIGTERM {stopped[0]:.1f} s, Ctrl-C {stopped[1]:.1f} s")
    assert max(stopped) < 15
    assert beside.supervisor.returncode == 0
    assert len(left) > len(KEPT)
    assert not [pid for pid in left if start_time(pid) is not None]
    assert not sockets.exists()
    assert ask(product, "/readyz")[0] == 200


@pytest.mark.soak  # it needs the machine for itself
def test_a_warm_start_takes_less_than_ten_seconds(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    product = Product(tmp_path / "var", port=FIRST_PORT + 180)
    product.start()
    product.stop()

    product.start()

    product.remove()
    record_property("figure", f"warm start, nothing else running: {product.started_in:.1f} s")
    assert product.started_in < 10


def test_a_killed_supervisor_takes_the_rest_along_and_the_next_start_works(
    tmp_path: Path,
) -> None:
    product = Product(tmp_path / "var", port=FIRST_PORT + 200)
    product.start()
    assert product.supervisor is not None
    left = descendants(product.supervisor.pid)

    product.supervisor.kill()
    product.supervisor.wait()

    began = time.monotonic()
    while [pid for pid in left if start_time(pid) is not None]:
        assert time.monotonic() < began + 15, [pid for pid in left if start_time(pid)]
        time.sleep(0.1)
    product.start()
    assert ask(product, "/readyz")[0] == 200
    product.remove()


def test_slow_uploads_held_open_do_not_keep_others_waiting(product: Product) -> None:
    port = urlsplit(product.base_url).port
    head = (
        f"POST /sign-in HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 1000000\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nusername="
    )
    with ExitStack() as held_open:
        for _ in range(8):
            upload = held_open.enter_context(socket.create_connection(("127.0.0.1", port)))
            upload.sendall(head.encode())
        time.sleep(0.5)

        began = time.monotonic()
        answers = [ask(product, "/sign-in")[0] for _ in range(8)]
        slowest = time.monotonic() - began

    assert answers == [200] * 8
    assert slowest < 2
