"""PostgreSQL and Valkey as one pair: started together, stopped together."""

import contextlib
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from corpid.embedded.accounts import account_for_servers
from corpid.embedded.binaries import find_binaries
from corpid.embedded.places import place_for_data, temporary_parent
from corpid.embedded.postgresql import PostgreSQL
from corpid.embedded.provisioning import APPLICATION, OWNER
from corpid.embedded.valkey import Valkey

_POSTGRESQL_STOPS_WITHIN, _VALKEY_STOPS_WITHIN = 4.0, 1.0


class Servers:
    """The pair that belongs to one state folder."""

    def __init__(
        self,
        state: Path,
        *,
        logs: Path,
        settings: Mapping[str, str] | None = None,
        valkey_databases: int = 2,
        sockets_parent: Path | None = None,
    ) -> None:
        account = account_for_servers()
        binaries = find_binaries(account)
        parent = sockets_parent or temporary_parent()
        self.sockets = Path(tempfile.mkdtemp(prefix="corpid-", dir=parent))
        account.owns(self.sockets)
        self.postgresql = PostgreSQL(
            binaries=binaries,
            account=account,
            data=place_for_data(state, account) / "postgresql",
            sockets=self.sockets,
            log=logs / "postgresql.log",
            settings=settings or {},
        )
        self.valkey = Valkey(
            binaries=binaries,
            account=account,
            folder=self.sockets,
            log=logs / "valkey.log",
            databases=valkey_databases,
        )

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.postgresql.url(APPLICATION),
            "MIGRATION_DATABASE_URL": self.postgresql.url(OWNER),
            "CACHE_URL": self.valkey.cache_url(),
            "BROKER_URL": self.valkey.broker_url(),
        }

    def forget_sockets(self) -> None:
        shutil.rmtree(self.sockets, ignore_errors=True)


def stop_postgresql(process: subprocess.Popen[bytes], *, at_once: bool = False) -> None:
    """Fast shutdown, then immediate (what it acknowledged is kept either way), then force."""
    if not at_once:
        _stop(process, signal.SIGINT, _POSTGRESQL_STOPS_WITHIN)
    _stop(process, signal.SIGQUIT, 1.0)
    _stop(process, signal.SIGKILL, 1.0)


def stop_valkey(process: subprocess.Popen[bytes]) -> None:
    _stop(process, signal.SIGTERM, _VALKEY_STOPS_WITHIN)
    _stop(process, signal.SIGKILL, 1.0)


def _stop(process: subprocess.Popen[bytes], how: signal.Signals, patience: float) -> None:
    if process.poll() is None:
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
