"""The embedded Valkey 9: a Unix socket, nothing on disk.

Nothing in it may be missed: after a restart a new epoch begins (corpid/api).
"""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from corpid.embedded.accounts import Account
from corpid.embedded.binaries import Binaries
from corpid.embedded.processes import spawn

CACHE_DATABASE, BROKER_DATABASE = 0, 1
_READY_WITHIN = 20.0


class ValkeyDidNotStart(RuntimeError):
    """Valkey ended, or did not answer in time; its log says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Valkey:
    binaries: Binaries
    account: Account
    folder: Path  # belongs to the account; the socket stands in it
    log: Path
    databases: int = 2

    @property
    def socket(self) -> Path:
        return self.folder / "valkey.sock"

    def cache_url(self, database: int = CACHE_DATABASE) -> str:
        return f"unix://{self.socket}?db={database}"

    def broker_url(self, database: int = BROKER_DATABASE) -> str:
        return f"redis+socket://{self.socket}?virtual_host={database}"

    def start(self) -> subprocess.Popen[bytes]:
        self.socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "databases": str(self.databases),
            "dir": str(self.folder),
        }
        process = spawn(
            [
                str(self.binaries.valkey),
                *(part for name, value in options.items() for part in (f"--{name}", value)),
            ],
            environment={"PATH": os.defpath},
            log=self.log,
            folder=self.folder,
            signal_at_parents_death=signal.SIGTERM,
            account=self.account,
        )
        self._await_answers(process)
        return process

    def _await_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        with redis.Redis.from_url(self.cache_url()) as client:
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(0.02)
                else:
                    return
        tail = self.log.read_text(errors="replace")[-2000:]
        raise ValkeyDidNotStart(f"Valkey did not start; {self.log} ends:\n{tail}")
