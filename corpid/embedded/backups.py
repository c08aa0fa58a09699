"""The folder of backups: sets of a base and the log that follows it, and the files beside them.

    <folder>/files/…                 every document, by its digest; none is overwritten
    <folder>/<moment>/base/          the cluster as pg_basebackup took it
    <folder>/<moment>/wal/           what was committed since, second by second
    <folder>/<moment>/backup.json    written last: without it the set is not whole
    <folder>/<moment>/progress.json  until when every file that a row names is here
    <folder>/<moment>/ended.json     why the log of this set doesn't go on, if it doesn't

The secrets are not in it, the key-encryption key above all: whoever has the backup alone can
sign nothing and open nothing that is sealed. Their digests are, so that a restore with other
secrets is refused before it begins.
"""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from corpid.embedded.state import SECRETS, write_privately

_FORMAT = 1
_SET = re.compile(r"\d{8}T\d{6}_\d{6}")


class NoSuchBackup(RuntimeError):
    """There is nothing whole to restore from, or nothing that reaches to the moment."""


class BackupUnderWay(RuntimeError):
    """Another process takes a backup into this folder, or clears one away."""


class OtherSecrets(RuntimeError):
    """The secrets here are not those under which the backup was taken."""


@dataclass(frozen=True, slots=True)
class BackupSet:
    folder: Path

    @property
    def base(self) -> Path:
        return self.folder / "base"

    @property
    def wal(self) -> Path:
        return self.folder / "wal"

    @property
    def slot(self) -> str:
        """Name the replication slot that keeps what this set has not received yet."""
        return f"corpid_{self.folder.name.lower()}"

    @property
    def is_whole(self) -> bool:
        return (self.folder / "backup.json").exists()

    @property
    def has_ended(self) -> bool:
        return (self.folder / "ended.json").exists()

    @property
    def reaches_from(self) -> datetime:
        """The earliest moment to which this set can be restored."""
        return datetime.fromisoformat(self._read("backup.json")["reaches_from"])

    @property
    def files_until(self) -> datetime:
        """Every file that a row named by then is in the backup."""
        return datetime.fromisoformat(self._read("progress.json")["files_until"])

    def complete(self, *, reaches_from: datetime, secrets: Mapping[str, str]) -> None:
        digests = {name: _digest_of_secret(name, secrets[name]) for name in SECRETS}
        content = {
            "format": _FORMAT,
            "reaches_from": reaches_from.isoformat(),
            "secrets": digests,
        }
        write_privately(self.folder / "backup.json", content)

    def note_files(self, *, until: datetime) -> None:
        write_privately(self.folder / "progress.json", {"files_until": until.isoformat()})

    def end(self, why: str) -> None:
        """Say that nothing follows any more; what is here stays good."""
        if not self.has_ended:
            write_privately(self.folder / "ended.json", {"why": why})

    def refuse_other_secrets(self, secrets: Mapping[str, str]) -> None:
        recorded = self._read("backup.json")["secrets"]
        other = [
            name
            for name in SECRETS
            if _digest_of_secret(name, secrets.get(name, "")) != recorded[name]
        ]
        if other:
            raise OtherSecrets(
                f"{', '.join(other)}: not the value under which {self.folder.name} was taken. "
                "Secrets are not in a backup; put back the copy that you keep elsewhere."
            )

    def _read(self, name: str) -> dict[str, Any]:
        kept: dict[str, Any] = json.loads((self.folder / name).read_text())
        return kept


@dataclass(frozen=True, slots=True)
class Backups:
    folder: Path

    @property
    def files(self) -> Path:
        return self.folder / "files"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the one that begins and removes sets, until the block or this process ends.

        Raises BackupUnderWay.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupUnderWay(
                    f"Another backup is being taken into {self.folder}."
                ) from None
            yield

    def interrupted(self) -> list[BackupSet]:
        """Return the sets that are not whole; alone, nobody is at work on one."""
        found = [BackupSet(each) for each in sorted(self.folder.iterdir())]
        return [
            each for each in found if _SET.fullmatch(each.folder.name) and not each.is_whole
        ]

    def begin(self, moment: datetime) -> BackupSet:
        """Make the folder of a new set; nobody but us may look into it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        begun = BackupSet(self.folder / f"{moment:%Y%m%dT%H%M%S_%f}")
        begun.folder.mkdir(mode=0o700)
        begun.wal.mkdir(mode=0o700)
        return begun

    def whole(self) -> list[BackupSet]:
        """Return the sets that are whole, the oldest first."""
        if not self.folder.is_dir():
            return []
        found = [BackupSet(each) for each in sorted(self.folder.iterdir()) if each.is_dir()]
        return [each for each in found if each.is_whole]

    def current(self) -> BackupSet | None:
        """Return the set that the log goes on in, if there is one."""
        newest = self.whole()[-1:]
        return newest[0] if newest and not newest[0].has_ended else None

    def reaching(self, moment: datetime | None) -> BackupSet:
        """Return the newest set from which the moment (none: the last) can be restored."""
        whole = self.whole()
        if not whole:
            raise NoSuchBackup(
                f"{self.folder} holds no backup that is whole: `make backup` makes one."
            )
        reaching = [each for each in whole if moment is None or each.reaches_from <= moment]
        if not reaching:
            raise NoSuchBackup(f"The first backup reaches back to {whole[0].reaches_from}.")
        return reaching[-1]


def backup_folder(state: Path) -> Path:
    """Return $CORPID_BACKUP, or a folder beside the state folder."""
    named = os.environ.get("CORPID_BACKUP")
    return Path(named) if named else state.resolve().with_name(f"{state.resolve().name}-backup")


def _digest_of_secret(name: str, value: str) -> str:
    """Tell one secret from another; 256 random bits can't be guessed from it."""
    return hashlib.sha256(f"corpid backup\n{name}\n{value}".encode()).hexdigest()
