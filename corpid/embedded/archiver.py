"""Receives the log into the current backup, and the documents beside it, as long as it runs.

`make run` keeps it running. Once a minute it clears away what a backup that was killed has
left: a slot that nobody reads would fill the disk. Else it does nothing until `make backup` has
made a base, and moves to the next base when there is one. What it could not receive the server
keeps, up to a bound (`max_slot_wal_keep_size`): past it the set has a gap, which is said and
never papered over.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg2

from corpid.embedded.backup import (
    clear_interrupted,
    drop_slots,
    files_folder,
    moment_of,
    program_path,
    superuser_url,
)
from corpid.embedded.backups import Backups, BackupSet, BackupUnderWay, backup_folder
from corpid.embedded.mirrored_files import CopyDamaged, Mirror
from corpid.embedded.processes import spawn
from corpid.embedded.run import state_folder
from corpid.embedded.state import State

_PAUSE = 1.0
_REST = 5.0  # seconds before the receiver is started again
_STOPS_WITHIN = 3.0
_CLEARS_EVERY = 60.0
_LOST = (
    "does not exist",
    "can no longer get changes",
    "has already been removed",
    "invalidated",
)


def archive() -> int:
    """Run until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    state = State(state_folder())
    environment = state.read_environment()
    archiver = Archiver(
        Backups(backup_folder(state.folder)), environment, files_folder(state, environment)
    )
    try:
        while True:
            archiver.turn()
            time.sleep(_PAUSE)
    finally:
        archiver.stop()


class Archiver:
    def __init__(
        self, backups: Backups, environment: Mapping[str, str], files: Path | None
    ) -> None:
        self._backups = backups
        self._url = superuser_url(environment)
        self._mirror = Mirror(files, backups.files) if files is not None else None
        self._clear_not_before = 0.0
        self._into: BackupSet | None = None
        self._receiver: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0

    def turn(self) -> None:
        self._clear_interrupted()
        current = self._backups.current()
        if current != self._into:
            self._move_to(current)
        if current is None:
            return
        try:
            moment = moment_of(self._url)
        except psycopg2.OperationalError as failure:
            print(f"The database doesn't answer: {failure}", flush=True)
            return
        self._keep_receiving(current)
        if self._mirror is None:  # in a bucket
            return
        try:
            self._mirror.copy_new().refuse_damage()
        except CopyDamaged as damage:
            print(damage, flush=True)  # the log goes on; the documents' mark stays behind
        else:
            current.note_files(until=moment)

    def stop(self) -> None:
        if self._receiver is not None and self._receiver.poll() is None:
            self._receiver.terminate()
            try:
                self._receiver.wait(timeout=_STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                self._receiver.kill()  # the server keeps what it had not confirmed
                self._receiver.wait()

    def _clear_interrupted(self) -> None:
        if time.monotonic() < self._clear_not_before or not self._backups.folder.is_dir():
            return
        self._clear_not_before = time.monotonic() + _CLEARS_EVERY
        try:
            with self._backups.alone():
                clear_interrupted(self._url, self._backups)
        except BackupUnderWay:
            return
        except psycopg2.OperationalError as failure:
            print(f"The database doesn't answer: {failure}", flush=True)

    def _move_to(self, current: BackupSet | None) -> None:
        self.stop()
        self._receiver, self._not_before = None, 0.0
        left, self._into = self._into, current
        if left is not None:
            left.end("a newer backup goes on")
            drop_slots(self._url, [left])

    def _keep_receiving(self, current: BackupSet) -> None:
        if self._receiver is not None and self._receiver.poll() is None:
            return
        log = current.folder / "receiver.log"
        if self._receiver is not None and any(said in _end(log) for said in _LOST):
            print(
                f"{current.folder.name} has a gap. Make a new backup: {_end(log)}", flush=True
            )
            current.end(_end(log))
            return
        if time.monotonic() < self._not_before:
            return
        self._not_before = time.monotonic() + _REST
        log.write_text("")
        self._receiver = spawn(
            [
                *(str(program_path("pg_receivewal")), "--dbname", self._url),
                *("--directory", str(current.wal), "--slot", current.slot),
                *("--status-interval=1", "--no-loop"),
            ],
            environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            log=log,
            folder=current.folder,
            signal_at_parents_death=signal.SIGINT,
        )


def _end(log: Path) -> str:
    return log.read_text(errors="replace")[-500:].strip()
