"""Starts the real PostgreSQL and Valkey that tests use, before Django reads its settings.

pytest-django loads the settings before any conftest.py, so this is a plugin (`-p` in
pyproject.toml). Workers of pytest-xdist inherit the environment: they share the servers and
take a database, two Valkey databases and a state folder of their own. DATABASE_URL, CACHE_URL
and BROKER_URL in the environment are used as they are; nothing is started for them.
"""

import base64
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from corpid.embedded.places import temporary_parent
from corpid.embedded.postgresql import FAST_AND_LOOSE
from corpid.embedded.provisioning import OWNER
from corpid.embedded.servers import Servers, stop_postgresql, stop_valkey

_PREFIX = "corpid-test-"
_XDIST_WORKERS = 32  # each takes two Valkey databases


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is not None:
        _take_own_places(worker, int(worker.removeprefix("gw")))
        return
    folder = _make_folder(early_config.add_cleanup)
    if "DATABASE_URL" not in os.environ:
        _start_servers(folder, early_config.add_cleanup)
    _set_environment(folder)


def _make_folder(at_end: Callable[[Callable[[], None]], None]) -> Path:
    """Make this run's folder, held by a lock, and clear away those of runs that were killed."""
    parent = temporary_parent()
    for left in parent.glob(_PREFIX + "*"):
        _remove_if_abandoned(left)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    lock = (folder / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    folder.chmod(0o711)  # the servers' account passes through

    def remove() -> None:
        shutil.rmtree(folder, ignore_errors=True)  # a server's last process may still tidy up
        lock.close()

    at_end(remove)
    return folder


def _remove_if_abandoned(folder: Path) -> None:
    try:
        lock = (folder / "lock").open("w")
    except OSError:  # somebody else's, or being made this moment
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        shutil.rmtree(folder, ignore_errors=True)


def _start_servers(folder: Path, at_end: Callable[[Callable[[], None]], None]) -> None:
    servers = Servers(
        folder,
        logs=folder,
        settings=FAST_AND_LOOSE,
        valkey_databases=2 * _XDIST_WORKERS,
        sockets_parent=folder,
    )
    at_end(servers.forget_sockets)
    valkey = servers.valkey.start()
    at_end(lambda: stop_valkey(valkey))
    postgresql = servers.postgresql.start()
    at_end(lambda: stop_postgresql(postgresql, at_once=True))
    servers.postgresql.provision(with_template=True)
    os.environ.update(servers.environment())
    os.environ["DATABASE_URL"] = servers.postgresql.url(OWNER)  # tests make tables


def _set_environment(folder: Path) -> None:
    """Give settings.py what it asks for: a sandbox of this run alone."""
    state = folder / "var"
    os.environ.setdefault("CORPID_MODE", "sandbox")
    os.environ.setdefault("BASE_URL", "http://testserver")  # the name Django's client uses
    for name in ("SECRET_KEY", "KEY_ENCRYPTION_KEY", "IDENTIFIER_HMAC_KEY"):
        drawn = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        os.environ.setdefault(name, drawn)
    os.environ.setdefault("CORPID_VAR", str(state))
    (Path(os.environ["CORPID_VAR"]) / "static").mkdir(parents=True, exist_ok=True)


def _take_own_places(worker: str, number: int) -> None:
    os.environ["CACHE_URL"] = os.environ["CACHE_URL"].replace("db=0", f"db={2 * number}")
    os.environ["BROKER_URL"] = os.environ["BROKER_URL"].replace(
        "virtual_host=1", f"virtual_host={2 * number + 1}"
    )
    state = Path(os.environ["CORPID_VAR"]) / worker
    (state / "static").mkdir(parents=True, exist_ok=True)
    os.environ["CORPID_VAR"] = str(state)
