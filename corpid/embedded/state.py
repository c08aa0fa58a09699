"""The state folder ($CORPID_VAR): its lock, its secrets, the list of its processes."""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpid.embedded.processes import kill_group, start_time

SECRETS = ("SECRET_KEY", "KEY_ENCRYPTION_KEY", "IDENTIFIER_HMAC_KEY")


class AlreadyRunning(RuntimeError):
    """Another supervisor holds this state folder."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process of ours, told apart from a later one with the same id by when it started."""

    role: str
    pid: int
    started: int | None


class State:
    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "static").mkdir(exist_ok=True)
        for name in ("logs", "files"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def hold(self) -> None:
        """Take this folder until the process ends; raises AlreadyRunning."""
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise AlreadyRunning(f"Corp ID already runs in {self.folder}.") from None

    def is_held(self) -> bool:
        """Say whether a supervisor runs here."""
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def secrets(self) -> dict[str, str]:
        """Return this sandbox's secrets, drawn once: 32 random bytes each, base64url."""
        path = self.folder / "secrets.json"
        if not path.exists():
            drawn = {name: _draw() for name in (*SECRETS, "METRICS_TOKEN")}
            write_privately(path, drawn)
        kept: dict[str, str] = json.loads(path.read_text())
        return kept

    def new_log(self, name: str) -> Path:
        """Begin a log; the one of the start before is kept beside it."""
        log = self.logs / f"{name}.log"
        with contextlib.suppress(FileNotFoundError):
            log.replace(log.with_suffix(".log.1"))
        log.touch()
        return log

    def record_processes(self, running: Sequence[Running], *, sockets: Path | None) -> None:
        write_privately(
            self.folder / "processes.json",
            {
                "boot": _boot(),
                "sockets": str(sockets) if sockets else None,
                "processes": [asdict(process) for process in running],
            },
        )

    def end_leftovers(self) -> list[Running]:
        """End what a killed supervisor left running; return it."""
        try:
            record = json.loads((self.folder / "processes.json").read_text())
        except (FileNotFoundError, ValueError):
            return []
        left = [Running(**process) for process in record["processes"]]
        if record["boot"] != _boot():
            left = []
        left = [process for process in left if start_time(process.pid) == process.started]
        for process in left:
            kill_group(process.pid)
        if record["sockets"]:
            shutil.rmtree(record["sockets"], ignore_errors=True)
        return left

    def write_environment(self, environment: Mapping[str, str]) -> None:
        """Keep what the running processes were given, for `manage`."""
        write_privately(self.folder / "environment.json", environment)

    def read_environment(self) -> dict[str, str]:
        kept: dict[str, str] = json.loads((self.folder / "environment.json").read_text())
        return kept

    def forget_running(self) -> None:
        """Leave no address behind that answers no more."""
        for name in ("environment.json", "sandbox.json"):
            (self.folder / name).unlink(missing_ok=True)

    def update_sandbox_handle(self, **facts: Any) -> dict[str, Any]:
        """Set some keys of sandbox.json, keep what the demonstration wrote, return it all."""
        path = self.folder / "sandbox.json"
        handle: dict[str, Any] = {}
        with contextlib.suppress(FileNotFoundError):
            handle = json.loads(path.read_text())
        handle.update(facts)
        write_privately(path, handle)
        return handle


def write_privately(path: Path, content: Mapping[str, Any]) -> None:
    """Replace a file at once, readable by its owner alone."""
    part = path.with_name(path.name + ".part")
    with contextlib.suppress(FileNotFoundError):
        part.unlink()
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=2, ensure_ascii=False)
        file.write("\n")
    part.replace(path)


def _draw() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
