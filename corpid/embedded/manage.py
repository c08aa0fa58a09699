"""`python -m corpid.embedded manage …`: Django's commands beside real servers.

Where Corp ID runs in $CORPID_VAR, the command joins it. Elsewhere it gets a PostgreSQL and a
Valkey of its own for as long as it runs, migrated and otherwise empty.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from corpid.embedded.places import temporary_parent
from corpid.embedded.postgresql import FAST_AND_LOOSE
from corpid.embedded.roles import ROOT
from corpid.embedded.run import state_folder
from corpid.embedded.servers import Servers, stop_postgresql, stop_valkey
from corpid.embedded.state import State

# These change tables; everything else runs as the application would.
_OWNERS_COMMANDS = frozenset({"migrate", "prepare", "sqlflush", "flush"})
_NEED_NO_TABLES = frozenset({"migrate", "prepare", "makemigrations", "check", "help"})


def manage(arguments: Sequence[str]) -> int:
    folder = state_folder()
    if folder.is_dir() and State(folder).is_held():
        return _run(arguments, {**os.environ, **State(folder).read_environment()})
    return _run_alone(arguments)


def _run_alone(arguments: Sequence[str]) -> int:
    folder = Path(tempfile.mkdtemp(prefix="corpid-manage-", dir=temporary_parent()))
    folder.chmod(0o711)
    state = State(folder)
    secrets = state.secrets()
    servers = Servers(folder, logs=state.logs, settings=FAST_AND_LOOSE, sockets_parent=folder)
    try:
        valkey = servers.valkey.start()
        try:
            postgresql = servers.postgresql.start()
            try:
                servers.postgresql.provision()
                environment = {
                    **os.environ,
                    **secrets,
                    **servers.environment(),
                    "CORPID_MODE": "sandbox",
                    "CORPID_VAR": str(folder),
                    "BASE_URL": "http://localhost",
                }
                if not _NEED_NO_TABLES.intersection(arguments[:1]):
                    _run(["migrate", "--verbosity", "0"], environment)
                return _run(arguments, environment)
            finally:
                stop_postgresql(postgresql, at_once=True)
        finally:
            stop_valkey(valkey)
    finally:
        servers.forget_sockets()
        shutil.rmtree(folder, ignore_errors=True)


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    changed = dict(environment)
    if _OWNERS_COMMANDS.intersection(arguments[:1]):
        changed["DATABASE_URL"] = environment["MIGRATION_DATABASE_URL"]
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, check=False, env=changed, cwd=ROOT).returncode
