"""The product as `make run` starts it, and this process inside it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import django

from benchmarks.processes import children_of, cpu_seconds

ROOT = Path(__file__).resolve().parent.parent
_STARTS_WITHIN = 180.0
_FIRST_PORT = "28000"
# Each call is counted as ever, and told to Valkey as often; none is one too many.
_ALL_FROM_ONE_ADDRESS = {
    "CALLS_A_MINUTE_OF_A_CLIENT": "100000000",
    "CALLS_A_MINUTE_OF_AN_ADDRESS": "100000000",
    "READS_A_MINUTE_OF_AN_ADDRESS": "100000000",
}
_SERVERS_OWN = {
    *("SECRET_KEY", "KEY_ENCRYPTION_KEY", "IDENTIFIER_HMAC_KEY", "CORPID_MODE", "BASE_URL"),
    *("DATABASE_URL", "MIGRATION_DATABASE_URL", "CACHE_URL", "BROKER_URL"),
}


@dataclass
class Product:
    """A running product, known by its state folder."""

    state: Path

    @cached_property
    def sandbox(self) -> dict[str, Any]:
        handle: dict[str, Any] = json.loads((self.state / "sandbox.json").read_text())
        return handle

    @cached_property
    def environment(self) -> dict[str, str]:
        given: dict[str, str] = json.loads((self.state / "environment.json").read_text())
        return given

    @property
    def base_url(self) -> str:
        return str(self.sandbox["base_url"])

    def pids(self, *roles: str) -> list[int]:
        return [each["pid"] for each in self.sandbox["processes"] if each["role"] in roles]

    def cpu_of(self, *roles: str) -> float:
        return cpu_seconds(self.pids(*roles))

    def cpu_of_servers(self) -> Mapping[str, float]:
        """PostgreSQL's and Valkey's own, shown beside a figure."""
        return {role: self.cpu_of(role) for role in ("postgresql", "valkey")}

    def cpu_of_helpers(self) -> float:
        """Sum what processes started by this one have used (the fence), the product's not."""
        return cpu_seconds(children_of(os.getpid()), without=self.pids("supervisor"))

    def enter(self) -> None:
        """Let this process use the product's code on the product's database."""
        os.environ.update(self.environment)
        django.setup()


@contextmanager
def started(state: Path) -> Iterator[Product]:
    """Start the product with an empty state, the same for every run; stop it at the end."""
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    environment = {k: v for k, v in os.environ.items() if k not in _SERVERS_OWN}
    environment |= {"CORPID_VAR": str(state), "PORT": os.environ.get("PORT", _FIRST_PORT)}
    environment |= _ALL_FROM_ONE_ADDRESS
    said = state.with_name(state.name + ".said")
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "corpid.embedded", "run"],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _await_ready(process, said)
        yield Product(state)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _await_ready(process: subprocess.Popen[bytes], said: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while "Corp ID is ready" not in said.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Corp ID did not start:\n{said.read_text()}")
        time.sleep(0.2)
