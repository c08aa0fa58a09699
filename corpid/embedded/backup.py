"""`make backup`: a base of the cluster, checked, from which the log goes on second by second.

1. A replication slot first: from here on the server keeps what nobody has received yet.
2. pg_basebackup copies the cluster, with what was committed meanwhile.
3. pg_verifybackup reads it again, every byte.
4. The documents, after the clock was read (mirrored_files). Those in a bucket are not copied,
   and the command says so.
5. backup.json last: what was interrupted is never taken for a backup.

What is killed can't clear up. Its folder and its slot, for which the server keeps the log on
and on, go at the next backup, or by the archiver within a minute.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit

import psycopg2

from corpid.embedded.accounts import account_for_servers
from corpid.embedded.backups import Backups, BackupSet, backup_folder
from corpid.embedded.binaries import find_binaries
from corpid.embedded.mirrored_files import copy_missing_files
from corpid.embedded.postgresql import SUPERUSER
from corpid.embedded.processes import die_with_parent
from corpid.embedded.run import state_folder
from corpid.embedded.servers import Servers, stop_postgresql
from corpid.embedded.state import State


class BackupFailed(RuntimeError):
    """A program of PostgreSQL refused; it says why."""


def backup() -> int:
    """Take a backup of what runs in $CORPID_VAR, or of what lies there."""
    state = State(state_folder())
    backups = Backups(backup_folder(state.folder))
    try:
        with _database(state) as (url, environment):
            files = files_folder(state, environment)
            taken = take_backup(url, backups=backups, files=files, secrets=environment)
    except (RuntimeError, OSError, psycopg2.Error) as failure:
        print(f"No backup was taken. {failure}", file=sys.stderr)
        return 1
    what = "is whole" if files else "holds the database, and no documents"
    print(f"Backup {taken.folder} {what}; the log goes on in it while Corp ID runs.")
    if files is None:
        print(
            "The documents lie in the bucket of FILES_STORE, which needs a backup of its own "
            "(docs/production.md, Backups)."
        )
    print("The secrets are not in it: keep var/secrets.json (KEY_ENCRYPTION_KEY) elsewhere.")
    return 0


def take_backup(
    url: str, *, backups: Backups, files: Path | None, secrets: Mapping[str, str]
) -> BackupSet:
    """Take one, of the database alone if there is no folder of files.

    Raises BackupFailed, BackupUnderWay, CopyDamaged; nothing half done is left behind.
    """
    with backups.alone():
        clear_interrupted(url, backups)
        return _take(url, backups=backups, files=files, secrets=secrets)


def clear_interrupted(url: str, backups: Backups) -> None:
    """Remove folders of sets that will never be whole, and slots that no set goes on with.

    A slot goes only where its set lies here: an empty folder may be one whose disk is away, and
    the current backup's slot then waits for it. Call it alone (Backups.alone).
    """
    interrupted = backups.interrupted()
    drop_slots(url, [*interrupted, *(each for each in backups.whole() if each.has_ended)])
    for each in interrupted:  # after its slot, which nothing else names
        shutil.rmtree(each.folder)


def _take(
    url: str, *, backups: Backups, files: Path | None, secrets: Mapping[str, str]
) -> BackupSet:
    begun = backups.begin(datetime.now(UTC))
    try:
        _ask(url, "SELECT pg_create_physical_replication_slot(%s, true)", begun.slot)
        run_program(
            *("pg_basebackup", "--dbname", url, "--pgdata", str(begun.base)),
            *("--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256"),
        )
        reaches_from = moment_of(url)
        verify_base(begun)
        if files is not None:
            copy_missing_files(files, backups.files).refuse_damage()
            begun.note_files(until=reaches_from)
        begun.complete(reaches_from=reaches_from, secrets=secrets)
    except BaseException:  # a full disk and Ctrl-C too: nothing half done stays
        drop_slots(url, [begun])
        shutil.rmtree(begun.folder)
        raise
    drop_slots(url, [each for each in backups.whole() if each != begun])
    return begun


def verify_base(taken: BackupSet) -> None:
    """Read every byte again, and the log that belongs to it. Raises BackupFailed."""
    run_program(
        "pg_verifybackup", "--format=plain", "--exit-on-error", "--quiet", str(taken.base)
    )


def moment_of(url: str) -> datetime:
    """Read the database's clock, by which commits are told apart."""
    [moment] = _ask(url, "SELECT clock_timestamp()")
    return cast("datetime", moment)


def drop_slots(url: str, sets: list[BackupSet]) -> None:
    """Let the server forget what sets that have ended were waiting for."""
    _ask(
        url,
        "SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots"
        " WHERE slot_name = ANY (string_to_array(%s, ',')) AND NOT active",
        ",".join(each.slot for each in sets),
    )


def run_program(program: str, *arguments: str) -> None:
    command = [str(program_path(program)), *arguments]
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    ended = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        preexec_fn=die_with_parent(signal.SIGKILL),  # one thread
    )
    if ended.returncode != 0:
        raise BackupFailed(f"{program} says:\n{ended.stderr.strip()}")


def program_path(program: str) -> Path:
    return find_binaries(account_for_servers()).postgresql / program


def files_folder(state: State, environment: Mapping[str, str]) -> Path | None:
    """Return where the documents lie; none if it is a bucket, of which we copy nothing."""
    if environment.get("FILES_STORE"):
        return None
    return Path(environment.get("FILES_DIR") or state.folder / "files")


def superuser_url(environment: Mapping[str, str]) -> str:
    """Return the address of whoever may copy a whole cluster."""
    parts = urlsplit(environment["MIGRATION_DATABASE_URL"])
    sockets = parse_qs(parts.query).get("host")
    if not sockets:
        raise BackupFailed(
            "PostgreSQL is another's, and is backed up there (docs/production.md, Backups)."
        )
    return f"postgres://{SUPERUSER}@/postgres?host={sockets[0]}"


@contextmanager
def _database(state: State) -> Iterator[tuple[str, Mapping[str, str]]]:
    if state.is_held():
        environment = state.read_environment()
        yield superuser_url(environment), environment
        return
    state.hold()
    servers = Servers(state.folder, logs=state.logs)
    try:
        process = servers.postgresql.start()
        try:
            yield servers.postgresql.superuser_url, {**os.environ, **state.secrets()}
        finally:
            stop_postgresql(process)
    finally:
        servers.forget_sockets()


def _ask(url: str, question: str, *values: str) -> tuple[object, ...]:
    with closing(psycopg2.connect(url)) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            cursor.execute(question, values)
            return cursor.fetchone() or ()
