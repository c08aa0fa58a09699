"""Production's mode, started by the table's command lines as docker-compose.yml does it."""

import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from corpid.embedded.ports import Ports
from corpid.embedded.processes import kill_group, spawn
from corpid.embedded.provisioning import Login, provision
from corpid.embedded.roles import PREPARE, ROOT, WEB
from corpid.embedded.run import command_line
from corpid.embedded.state import SECRETS
from tests.running import FIRST_PORT, Product

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def production(
    running: Product, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The environment of a web server in production's mode, with a database of its own."""
    server = running.environment["DATABASE_URL"].split("?", 1)[1]
    owner, application = Login("production_owner"), Login("production_app")
    provision(
        f"postgres://postgres@/postgres?{server}",
        owner=owner,
        application=application,
        database="production",
    )
    state = tmp_path_factory.mktemp("production")
    ports = Ports()
    environment = {
        **{name: running.environment[name] for name in ("PATH", *SECRETS)},
        "CORPID_MODE": "production",
        "CORPID_VAR": str(state),
        "BASE_URL": "https://corpid.example",
        "EMAIL_URL": "smtp://mail.example:587",
        "TRUSTED_PROXIES": "127.0.0.1",
        "APPLICATION_DATABASE_ROLE": application.role,
        "DATABASE_URL": f"postgres://{application.role}@/production?{server}",
        "CACHE_URL": running.environment["CACHE_URL"],
        "BROKER_URL": running.environment["BROKER_URL"],
        "GRANIAN_HOST": "127.0.0.1",
        "GRANIAN_PORT": str(ports.claim(FIRST_PORT + 400)),
        "DRAIN_SECONDS": "0",
    }
    owners = f"postgres://{owner.role}@/production?{server}"
    run_once(command_line(PREPARE, environment), {**environment, "DATABASE_URL": owners})
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    run_once(collect, environment)
    log = state / "web.log"
    web = spawn(
        command_line(WEB, environment),
        environment=environment,
        log=log,
        folder=ROOT,
        signal_at_parents_death=signal.SIGTERM,
    )
    began = time.monotonic()
    while b"Started worker-2" not in log.read_bytes():
        assert web.poll() is None, log.read_text()
        assert time.monotonic() < began + 60, log.read_text()
        time.sleep(0.1)
    yield environment
    web.terminate()
    try:
        web.wait(timeout=15)
    finally:
        kill_group(web.pid)
        ports.close()


def run_once(command: list[str], environment: dict[str, str]) -> None:
    ran = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def ask(
    production: dict[str, str], path: str, *, method: str = "GET", **headers: str
) -> tuple[int, str, str]:
    """Return status, Location and body."""
    port = int(production["GRANIAN_PORT"])
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()


def through_proxy(
    production: dict[str, str], path: str, *, method: str = "GET"
) -> tuple[int, str, str]:
    headers = {"Host": "corpid.example", "X-Forwarded-Proto": "https"}
    return ask(production, path, method=method, **headers)


def test_health_is_told_to_whoever_asks_beside_the_proxy(production: dict[str, str]) -> None:
    assert ask(production, "/healthz") == (200, "", "ok\n")
    assert ask(production, "/servez") == (200, "", "ok\n")
    assert ask(production, "/readyz")[0] in {200, 503}


def test_a_page_without_tls_is_sent_to_the_one_with(production: dict[str, str]) -> None:
    status, location, _ = ask(production, "/sign-in", Host="corpid.example")

    assert (status, location) == (301, "https://corpid.example/sign-in")


@pytest.mark.parametrize("path", ["/", "/sign-in"])
def test_pages_are_served_through_the_proxy(production: dict[str, str], path: str) -> None:
    status, _, page = through_proxy(production, path)

    assert status == 200
    assert "/static/corpid." in page
    assert "/static/corpid.css" not in page, (
        "a name without its digest would be cached for ever"
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/sandbox"), ("GET", "/sandbox/mailbox"), ("POST", "/api/v1/sandbox/e-services")],
)
def test_nothing_of_the_sandbox_is_there(
    production: dict[str, str], method: str, path: str
) -> None:
    assert through_proxy(production, path, method=method)[0] == 404


def test_production_writes_no_handle(production: dict[str, str]) -> None:
    assert not (Path(production["CORPID_VAR"]) / "sandbox.json").exists()
