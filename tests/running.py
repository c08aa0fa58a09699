"""A running Corp ID of real processes, for journeys, browser tests and tests of processes.

`running` (a fixture) is one set for the whole session, started by the first test that asks.
Its tests bear the mark `processes`, and so do those that start a set of their own (by hand):
they run one after another, with the machine to themselves.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from corpid.embedded.accounts import Account
from corpid.embedded.binaries import SHARED_FOLDER
from corpid.embedded.places import DATA_PREFIX, LABEL, place_outside
from corpid.embedded.processes import spawn
from corpid.embedded.roles import ROOT
from corpid.embedded.state import SECRETS, State

# The supervisor makes these itself; those of the tests' own servers must not reach it.
_NOT_INHERITED = {
    *SECRETS,
    *("DATABASE_URL", "MIGRATION_DATABASE_URL", "CACHE_URL", "BROKER_URL", "BASE_URL"),
    *("CORPID_MODE", "CORPID_VAR", "CORPID_BACKUP", "PORT", "PYTEST_CURRENT_TEST"),
}
# Tests load it with what comes from many addresses elsewhere.
_ALL_FROM_ONE_ADDRESS = {
    "CALLS_A_MINUTE_OF_AN_ADDRESS": "1000000",
    "READS_A_MINUTE_OF_AN_ADDRESS": "1000000",
}
_LONGEST_TEST = 3600.0  # between its stop and its next start
FIRST_PORT = 18000  # apart from a `make run` beside the tests


@dataclass(slots=True)
class Product:
    """A set of processes under one supervisor."""

    state: Path
    root: Path = ROOT
    python: str = sys.executable
    port: int = FIRST_PORT
    account: Account | None = None
    given: Mapping[str, str] = field(default_factory=dict)  # servers of its own, for instance
    said: Path = field(init=False)  # what it prints
    supervisor: subprocess.Popen[bytes] | None = None
    started_in: float = 0.0

    def __post_init__(self) -> None:
        self.said = self.state.with_name(self.state.name + ".said")

    def start(self, *, within: float = 90.0) -> None:
        """Start it and wait until it says that it is ready."""
        if "PYTEST_XDIST_WORKER" in os.environ:
            pytest.fail("mark what starts a set with `processes`", pytrace=False)
        began = time.monotonic()
        _forget_data_of_killed_tests()
        environment = {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}
        environment |= {"CORPID_VAR": str(self.state), "PORT": str(self.port)}
        environment |= {**_ALL_FROM_ONE_ADDRESS, **self.given}
        self.said.write_text("")
        self.supervisor = spawn(
            [self.python, "-m", "corpid.embedded", "run"],
            environment=environment,
            log=self.said,
            folder=self.root,
            signal_at_parents_death=signal.SIGTERM,
            account=self.account,
        )
        deadline = time.monotonic() + within
        while "Corp ID is ready" not in self.output:
            ended = self.supervisor.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"Corp ID did not start:\n{self.output}", pytrace=False)
            time.sleep(0.1)
        self.started_in = time.monotonic() - began

    def stop(self, how: signal.Signals = signal.SIGTERM, *, within: float = 20.0) -> float:
        """Stop it; return the seconds that took."""
        assert self.supervisor is not None
        began = time.monotonic()
        if self.supervisor.poll() is None:
            self.supervisor.send_signal(how)
        self.supervisor.wait(timeout=within)
        return time.monotonic() - began

    def remove(self) -> None:
        """Stop it for good: forget its data too, which may lie outside its folder."""
        self.stop()
        shutil.rmtree(place_outside(self.state), ignore_errors=True)
        shutil.rmtree(self.state)

    @property
    def output(self) -> str:
        return self.said.read_text()

    @property
    def sandbox(self) -> dict[str, Any]:
        """Return var/sandbox.json as it is now."""
        handle: dict[str, Any] = json.loads((self.state / "sandbox.json").read_text())
        return handle

    @property
    def base_url(self) -> str:
        return str(self.sandbox["base_url"])

    @property
    def environment(self) -> dict[str, str]:
        """Return what its processes were given: database addresses, secrets, ports."""
        given: dict[str, str] = json.loads((self.state / "environment.json").read_text())
        return given

    def pid(self, role: str) -> int:
        [pid] = [each["pid"] for each in self.sandbox["processes"] if each["role"] == role]
        return int(pid)


def _forget_data_of_killed_tests() -> None:
    """Clear away data outside pytest's folders whose supervisor is gone."""
    for label in SHARED_FOLDER.glob(f"{DATA_PREFIX}*/{LABEL}"):
        with contextlib.suppress(FileNotFoundError):  # another run of the tests was quicker
            if _was_left(label):
                shutil.rmtree(label.parent)


def _was_left(label: Path) -> bool:
    kept = label.stat()
    if kept.st_uid != os.geteuid() or kept.st_mtime > time.time() - _LONGEST_TEST:
        return False
    state = Path(label.read_text().split("\n", 1)[0])
    is_a_tests = any(part.startswith("pytest-of-") for part in state.parts)
    return is_a_tests and not _is_held(state)


def _is_held(state: Path) -> bool:
    return state.exists() and State(state).is_held()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.getbasetemp() / "running")
    product.start()
    yield product
    product.remove()
