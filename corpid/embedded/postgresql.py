"""The embedded PostgreSQL 18: a cluster in a folder, reached by a Unix socket only."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg2

from corpid.embedded.accounts import Account
from corpid.embedded.binaries import Binaries
from corpid.embedded.processes import spawn, start_time
from corpid.embedded.provisioning import APPLICATION, DATABASE, OWNER, Login, provision

SUPERUSER = "postgres"
_READY_WITHIN = 60.0  # seconds; crash recovery included
_STOPS_WITHIN = 6.0

# Sized for a laptop. Each blocking thread of the web keeps a connection.
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_slot_wal_keep_size": "2GB",  # a backup that receives nothing must not fill the disk
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Back soon after a crash: one sync of the file system instead of one of each of a thousand
    # files before recovery, and few files left to write after it.
    "recovery_init_sync_method": "syncfs",
    "checkpoint_timeout": "1min",
}
# A test database is thrown away; a crash may take it.
FAST_AND_LOOSE: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class DatabaseDidNotStart(RuntimeError):
    """PostgreSQL ended, or did not answer in time; its log says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgreSQL:
    """A cluster in `data`, listening on a socket in `sockets`.

    Both folders belong to `account`. Whoever can enter `sockets` (mode 0700) is trusted: the
    folder is the password.
    """

    binaries: Binaries
    account: Account
    data: Path
    sockets: Path
    log: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def superuser_url(self) -> str:
        return self.url(SUPERUSER, database="postgres")

    def url(self, role: str, *, database: str = DATABASE) -> str:
        """Return an address that libpq and django-environ read alike."""
        return f"postgres://{role}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server, making the cluster first where there is none, and await answers."""
        self._stop_stale_server()
        if not (self.data / "PG_VERSION").exists():
            self._refuse_to_replace()
            self._make_cluster()
        process = spawn(
            [
                str(self.binaries.postgresql / "postgres"),
                "-D",
                str(self.data),
                *self._options(),
            ],
            environment={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
            log=self.log,
            folder=self.data,
            signal_at_parents_death=signal.SIGINT,
            account=self.account,
        )
        self._await_answers(process)
        return process

    def _refuse_to_replace(self) -> None:
        """Raise DatabaseDidNotStart after a restore that was cut off: data lies beside."""
        kept = sorted(self.data.parent.glob(f"{self.data.name}.before-*"))
        if kept:
            raise DatabaseDidNotStart(
                f"{self.data} is missing, and {kept[-1]} lies beside it: a restore was cut off."
                f" Give one of them, or {self.data.name}.restored, the name {self.data.name}."
            )

    def provision(self, *, with_template: bool = False) -> None:
        provision(
            self.superuser_url,
            owner=Login(OWNER),
            application=Login(APPLICATION),
            with_template=with_template,
        )

    def _options(self) -> list[str]:
        settings = {
            **_SETTINGS,
            "unix_socket_directories": str(self.sockets),
            **self.settings,
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _make_cluster(self) -> None:
        """Make the cluster beside its place and move it there whole."""
        part = self.data.with_name(self.data.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        self.account.owns(part)
        command = [
            *(str(self.binaries.postgresql / "initdb"), "-D", str(part), "-U", SUPERUSER),
            # pg_trgm finds no trigrams in Chinese under the locale C.
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"),
            *("--encoding=UTF8", "--auth=trust", "--no-instructions", "--no-sync"),
        ]
        environment = {"LC_ALL": "C.UTF-8", "PATH": os.defpath}
        made = subprocess.run(
            command,
            check=False,
            env=environment,
            cwd=part,
            capture_output=True,
            text=True,
            **self.account.change,
        )
        if made.returncode != 0:
            raise DatabaseDidNotStart(f"initdb failed:\n{made.stdout}{made.stderr}")
        part.rename(self.data)

    def _await_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            try:
                psycopg2.connect(self.superuser_url).close()
            except psycopg2.OperationalError:
                time.sleep(0.05)
            else:
                return
        tail = self.log.read_text(errors="replace")[-2000:]
        raise DatabaseDidNotStart(f"PostgreSQL did not start; {self.log} ends:\n{tail}")

    def _stop_stale_server(self) -> None:
        """Stop what an earlier launcher left on this cluster: a server, or its orphans.

        A server killed at once leaves processes that hold its shared memory for a moment.
        """
        pid_file = self.data / "postmaster.pid"
        try:
            postmaster = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        serving = self._processes_on_this_cluster()
        if postmaster not in serving and start_time(postmaster) is not None:
            pid_file.unlink()  # another program has the number now; PostgreSQL would give up
        if postmaster in serving:
            os.kill(postmaster, signal.SIGINT)
        deadline = time.monotonic() + _STOPS_WITHIN
        while self._processes_on_this_cluster() and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid in self._processes_on_this_cluster():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _processes_on_this_cluster(self) -> list[int]:
        return [int(e.name) for e in Path("/proc").iterdir() if self._serves_this_cluster(e)]

    def _serves_this_cluster(self, entry: Path) -> bool:
        if not entry.name.isdigit():
            return False
        try:
            program, folder = (entry / "exe").readlink(), (entry / "cwd").readlink()
        except OSError:  # gone, or somebody else's
            return False
        return program.name.startswith("postgres") and folder == self.data.resolve()
