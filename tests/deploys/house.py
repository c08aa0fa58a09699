"""A system as docker-compose.yml lays it out: a balancer, web servers, workers, two roles."""

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM
from typing import Any

from corpid.embedded.ports import Ports
from corpid.embedded.postgresql import FAST_AND_LOOSE
from corpid.embedded.processes import kill_group, spawn
from corpid.embedded.roles import BEAT, HOUSEKEEPER, PREPARE, WEB, WORKER, Role
from corpid.embedded.run import command_line
from corpid.embedded.servers import Servers, stop_postgresql, stop_valkey
from corpid.embedded.state import State
from tests.deploys.balancer import Balancer
from tests.deploys.releases import Release
from tests.running import FIRST_PORT

DRAIN_SECONDS = 4


@dataclass(slots=True)
class Started:
    role: Role
    process: subprocess.Popen[bytes]
    log: Path
    port: int = 0


@dataclass
class House:
    folder: Path
    web_servers: int
    has_workers: bool
    running: list[Started] = field(default_factory=list)
    _ports: Ports = field(default_factory=Ports)
    _processes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = State(self.folder / "var")
        self.secrets = self.state.secrets()
        self.servers = Servers(self.state.folder, logs=self.state.logs, settings=FAST_AND_LOOSE)
        first = FIRST_PORT + 800
        self.port = self._ports.claim(first)
        self.backends = [self._ports.claim(first + 1) for _ in range(2 * self.web_servers)]
        self.balancer = Balancer(self.servers.sockets, self.port, self.backends)

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": str(Path(sys.executable).parent) + ":/usr/bin:/bin",
            **self.secrets,
            **self.servers.environment(),
            "CORPID_MODE": "sandbox",
            "CORPID_VAR": str(self.state.folder),
            "BASE_URL": self.base_url,
            "DJANGO_SETTINGS_MODULE": "corpid.settings",
            "PYTHONUNBUFFERED": "1",
            "GRANIAN_HOST": "127.0.0.1",
            "DRAIN_SECONDS": str(DRAIN_SECONDS),
            "CALLS_A_MINUTE_OF_AN_ADDRESS": "1000000",  # all load comes from one
            "READS_A_MINUTE_OF_AN_ADDRESS": "1000000",
        }

    @property
    def sandbox(self) -> dict[str, Any]:
        return self.state.update_sandbox_handle()

    def open(self) -> None:
        self._processes["valkey"] = self.servers.valkey.start()
        self._processes["postgresql"] = self.servers.postgresql.start()
        self.servers.postgresql.provision()
        self.balancer.start()

    def close(self) -> None:
        for started in self.running:
            kill_group(started.process.pid)
            started.process.wait()
        self.balancer.stop()
        if "postgresql" in self._processes:
            stop_postgresql(self._processes["postgresql"], at_once=True)
        if "valkey" in self._processes:
            stop_valkey(self._processes["valkey"])
        self.servers.forget_sockets()
        self._ports.close()

    def prepared(self, release: Release) -> Path:
        """Return where the release's `prepare` writes what it says."""
        return self.state.logs / f"prepare-{release.number}.log"

    def prepare(self, release: Release) -> None:
        """Migrate as the owner of the tables, with the release's own code."""
        environment = self.environment
        environment["DATABASE_URL"] = environment["MIGRATION_DATABASE_URL"]
        with self.prepared(release).open("w") as output:
            ran = subprocess.run(
                command_line(PREPARE, environment),
                check=False,
                cwd=release.folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=300,
            )
        assert ran.returncode == 0, self.prepared(release).read_text()

    def start(self, release: Release) -> None:
        """Start a release beside whatever runs, and wait until it takes requests."""
        used = {started.port for started in self.running}
        free = [port for port in self.backends if port not in used][: self.web_servers]
        for port in free:
            self._spawn(WEB, release, {"GRANIAN_PORT": str(port)}, port)
        if self.has_workers:
            for role in (WORKER, HOUSEKEEPER, BEAT):
                self._spawn(role, release, {}, 0)
        deadline = time.monotonic() + 90
        while not self.balancer.taking() >= set(free):
            assert time.monotonic() < deadline, [each.log.read_text() for each in self.running]
            time.sleep(0.1)

    def stop(self, old: list[Started]) -> None:
        """Tell processes to stop, and wait until they have."""
        for started in old:
            started.process.terminate()
        for started in old:
            started.process.wait(timeout=DRAIN_SECONDS + 40)
            kill_group(started.process.pid)
            self.running.remove(started)

    def _spawn(self, role: Role, release: Release, more: Mapping[str, str], port: int) -> None:
        environment = {**self.environment, **more}
        log = self.state.new_log(f"{role.name}-{release.number}-{port}")
        process = spawn(
            command_line(role, environment),
            environment=environment,
            log=log,
            folder=release.folder,
            signal_at_parents_death=SIGTERM,
        )
        self.running.append(Started(role, process, log, port))
