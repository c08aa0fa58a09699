"""A PgBouncer for tests: the file that production uses, with addresses of this machine."""

import configparser
import os
import signal
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, field

import psycopg2

from corpid.embedded.ports import Ports
from corpid.embedded.processes import kill_group, spawn
from corpid.embedded.provisioning import APPLICATION, DATABASE
from corpid.embedded.roles import ROOT
from corpid.embedded.servers import Servers
from tests.running import FIRST_PORT

_PASSWORD = "of a server that ends with the tests"
_OWN_DATABASE = "pgbouncer"  # tells its figures


@dataclass(slots=True)
class PgBouncer:
    """Pools connections to a server for its application's role."""

    servers: Servers
    pool_size: int
    ports: Ports = field(default_factory=Ports, init=False)
    port: int = field(init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.port = self.ports.claim(FIRST_PORT + 600)

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    def start(self) -> None:
        folder = self.servers.sockets  # its account's, and closed to others
        configuration = configparser.ConfigParser()
        configuration.read(ROOT / "pgbouncer.ini")
        configuration["databases"] = {
            DATABASE: f"host={folder} port=5432 dbname={DATABASE}",
        }
        changed = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "auth_file": str(folder / "users.txt"),
            "default_pool_size": str(self.pool_size),
            "stats_users": APPLICATION,
        }
        configuration["pgbouncer"].update(changed)
        with (folder / "pgbouncer.ini").open("w") as file:
            configuration.write(file)
        (folder / "users.txt").write_text(f'"{APPLICATION}" "{_PASSWORD}"\n')
        log = folder / "pgbouncer.log"
        log.touch()
        self.process = spawn(
            ["pgbouncer", str(folder / "pgbouncer.ini")],
            environment={"PATH": f"{os.defpath}:/usr/sbin"},
            log=log,
            folder=folder,
            signal_at_parents_death=signal.SIGTERM,
            account=self.servers.postgresql.account,
        )
        deadline = time.monotonic() + 10
        while not self._answers():
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        self.ports.close()
        if self.process is not None:
            kill_group(self.process.pid)
            self.process.wait()

    def transactions(self) -> int:
        """Count those that went through, since the start."""
        with closing(psycopg2.connect(self._url(_OWN_DATABASE))) as opened:
            opened.autocommit = True  # it knows no transactions
            with opened.cursor() as cursor:
                cursor.execute("SHOW TOTALS")
                figures = dict(cursor.fetchall())
        return int(figures["total_xact_count"])

    def _url(self, database: str) -> str:
        password = _PASSWORD.replace(" ", "%20")
        return f"postgres://{APPLICATION}:{password}@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.url).close()
        except psycopg2.OperationalError:
            return False
        return True
