"""`make run`: the whole of Corp ID on one machine, for whoever wants to try it.

Everything it needs comes with the virtual environment; everything it keeps is in the state
folder ($CORPID_VAR, by default var/). $PORT is the wished port of the web server.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from corpid.embedded.ports import Ports
from corpid.embedded.processes import spawn
from corpid.embedded.roles import PREPARE, ROOT, WEB_PORT, Role, Wait, roles_of_a_laptop
from corpid.embedded.servers import Servers, stop_postgresql, stop_valkey
from corpid.embedded.state import AlreadyRunning, Running, State
from corpid.embedded.supervisor import Kept, StartFailed, StopAsked, Supervisor

_WEB_ANSWERS_WITHIN = 90.0  # seconds: a slow machine compiling for the first time
_ARCHIVER = Role(name="archiver", command=("python", "-m", "corpid.embedded", "archive"))
_RELAY = Role(
    name="relay",
    command=(
        *("python", "corpid/embedded/relay.py"),
        *("$RELAY_ADDRESS", "$GRANIAN_HOST", "$GRANIAN_PORT"),
    ),
)


def state_folder() -> Path:
    return Path(os.environ.get("CORPID_VAR") or ROOT / "var")


def run() -> int:
    """Run until SIGTERM or Ctrl-C; return the exit status."""
    began = time.monotonic()
    state = State(state_folder())
    try:
        state.hold()
    except AlreadyRunning as refusal:
        _say(f"{refusal} Set CORPID_VAR and PORT to run another beside it.")
        return 1
    return _Run(state, began).until_stopped()


class _Run:
    _servers: Servers | None = None

    def __init__(self, state: State, began: float) -> None:
        self._state = state
        self._began = began
        self._sockets: Path | None = None
        # Held to the end: a port is nobody else's while its server is restarted.
        self._ports = Ports()
        self._environment: dict[str, str] = {}
        self._supervisor = Supervisor(record=self._record, say=_say)

    def until_stopped(self) -> int:
        status = 0
        try:
            self._start()
            while True:
                self._supervisor.tend()
        except StopAsked:
            _say("Corp ID is stopping.")
        except (StartFailed, RuntimeError) as failure:
            _say(f"Corp ID could not start. {failure}")
            status = 1
        finally:
            stopped = time.monotonic()
            self._supervisor.stop_all()
            if self._servers is not None:
                self._servers.forget_sockets()
            self._state.forget_running()
        _say(f"Corp ID has stopped ({time.monotonic() - stopped:.1f} s).")
        return status

    def _start(self) -> None:
        _say(f"Corp ID is starting; its state and logs are in {self._state.folder}.")
        for left in self._state.end_leftovers():
            _say(f"{left.role}: process {left.pid} was left by an earlier start; ended it.")
        ports = self._ports
        self._environment = {
            "DRAIN_SECONDS": "0",  # no balancer has to be told
            **os.environ,
            **self._state.secrets(),
            "CORPID_MODE": "sandbox",
            "CORPID_VAR": str(self._state.folder),
            "DJANGO_SETTINGS_MODULE": "corpid.settings",
            "PYTHONUNBUFFERED": "1",
        }
        self._start_servers()
        roles = roles_of_a_laptop()
        self._environment |= _addresses(roles, ports)
        self._state.write_environment(self._environment)
        owner = {"DATABASE_URL": self._environment["MIGRATION_DATABASE_URL"]}
        self._supervisor.run_once(self._kept(PREPARE, owner))
        for role in roles:
            self._supervisor.keep(self._kept(role))
        for number, address in enumerate(ports.addresses[1:]):
            self._supervisor.keep(self._kept(_RELAY, {"RELAY_ADDRESS": address}, number))
        if self._servers is not None:  # another's PostgreSQL has a backup of its own
            self._supervisor.keep(self._kept(_ARCHIVER))
        for role in roles:
            self._await(role)
        self._supervisor.is_ready = True
        self._welcome()

    def _start_servers(self) -> None:
        """Start what the environment does not name."""
        given = [name for name in _SERVER_VARIABLES if os.environ.get(name)]
        if given and len(given) < len(_SERVER_VARIABLES):
            absent = ", ".join(name for name in _SERVER_VARIABLES if name not in given)
            raise StartFailed(f"{given[0]} is set, so these must be too: {absent}.")
        if given:
            return
        servers = self._servers = Servers(self._state.folder, logs=self._state.logs)
        self._sockets = servers.sockets
        self._environment |= servers.environment()
        for name in ("valkey", "postgresql"):
            self._state.new_log(name)
        self._supervisor.keep(
            Kept("valkey", servers.valkey.start, servers.valkey.log, stop_valkey)
        )
        self._supervisor.keep(
            Kept(
                "postgresql", servers.postgresql.start, servers.postgresql.log, stop_postgresql
            )
        )
        servers.postgresql.provision()

    def _kept(self, role: Role, more: Mapping[str, str] | None = None, number: int = 0) -> Kept:
        named = {"PGAPPNAME": f"corpid {role.name}"}  # what pg_stat_activity says of it
        environment = {**self._environment, **named, **(more or {})}
        name = f"{role.name}-{number + 1}" if number else role.name
        log = self._state.new_log(name)

        def start() -> subprocess.Popen[bytes]:
            return spawn(
                command_line(role, environment),
                environment=environment,
                log=log,
                folder=ROOT,
                signal_at_parents_death=signal.SIGTERM,
            )

        return Kept(name, start, log)

    def _await(self, role: Role) -> None:
        if role.wait is Wait.NOTHING:
            return
        ask = {
            Wait.HEALTHZ: lambda: self._asks("/healthz")[0] == http.HTTPStatus.OK,
            Wait.HEARTBEAT: lambda: self._asks("/readyz")[0] == http.HTTPStatus.OK,
            Wait.LISTENING: lambda: _accepts(int(self._environment[role.port_variable or ""])),
        }[role.wait]
        self._supervisor.tend_until(
            ask, within=_WEB_ANSWERS_WITHIN, what=f"{role.name}: {role.wait.value}"
        )

    def _asks(self, path: str) -> tuple[int, bytes]:
        host, port = self._environment["GRANIAN_HOST"], int(self._environment["GRANIAN_PORT"])
        connection = http.client.HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", path, headers={"Host": f"localhost:{port}"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()

    def _record(self, running: list[Running]) -> None:
        self._state.record_processes(running, sockets=self._sockets)
        if self._supervisor.is_ready:
            self._write_handle(running)

    def _write_handle(self, running: Sequence[Running]) -> dict[str, Any]:
        return self._state.update_sandbox_handle(
            base_url=self._environment["BASE_URL"],
            database_url=self._environment["DATABASE_URL"],
            broker_url=self._environment["BROKER_URL"],
            processes=[{"role": each.role, "pid": each.pid} for each in running],
        )

    def _welcome(self) -> None:
        handle = self._write_handle(self._supervisor.running())
        _say(f"\nCorp ID is ready: {self._environment['BASE_URL']}")
        for name, address in (handle.get("examples") or {}).items():
            if address:
                _say(f"  Example e-service ({name}): {address}")
        _say(f"  Accounts with their one-time codes: {handle['base_url']}/sandbox")
        for person in (handle.get("persons") or [])[:_PERSONS_SHOWN]:
            held = ", ".join(
                f"{each['ubi']} {each['capacity']}" for each in person["companies"]
            )
            login = f"{person['email']}  {person['password']}  {person['totp_secret']}"
            _say(f"    {login}  {person['name_en']} ({held or 'no company yet'})")
        _say(f"  Everybody and everything else: {self._state.folder / 'sandbox.json'}")
        _say(f"  Started in {time.monotonic() - self._began:.1f} s. Ctrl-C stops everything.")


_PERSONS_SHOWN = 6
_SERVER_VARIABLES = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "CACHE_URL", "BROKER_URL")


def command_line(role: Role, environment: Mapping[str, str]) -> list[str]:
    """Return a role's command for this place."""
    words = [Template(word).substitute(environment) for word in role.command]
    return [sys.executable if word == "python" else word for word in words]


def _addresses(roles: Sequence[Role], ports: Ports) -> dict[str, str]:
    """Choose a port for each role that listens, from $PORT upwards, and name the addresses."""
    named = os.environ.get("PORT") or str(WEB_PORT)
    if not named.isdecimal():
        raise StartFailed(f"PORT is {named!r}; it must be a number.")
    wished = int(named)
    chosen: dict[str, str] = {"GRANIAN_HOST": ports.addresses[0]}
    for role in roles:
        if role.port_variable is None or role.url_variable is None:
            continue
        port = ports.claim(wished)
        if port != wished and not role.is_sandbox_only:
            _say(f"Port {wished} is taken; using {port}.")
        # Passkeys refuse numbers. Cookies know no ports, so the others go by number.
        host = "127.0.0.1" if role.is_sandbox_only else "localhost"
        chosen[role.port_variable] = str(port)
        chosen[role.url_variable] = f"http://{host}:{port}"
        wished = port + 1
    return chosen


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def _say(line: str) -> None:
    print(line, flush=True)
