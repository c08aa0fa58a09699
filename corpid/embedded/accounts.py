"""Which account the servers run under.

PostgreSQL refuses to run as root. Started by root, PostgreSQL and Valkey run as `postgres`
where that account exists, else as `nobody`; started by anybody else they run as that person.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

_CANDIDATES = ("postgres", "nobody")


class ChangeOfUser(TypedDict, total=False):
    """What `subprocess` needs to start a program as another account."""

    user: int
    group: int
    extra_groups: list[int]


class NoAccountForServers(RuntimeError):
    """Root has no account to lend to PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int
    change: ChangeOfUser

    def owns(self, path: Path) -> None:
        """Hand a file or folder to this account; nothing to do for ourselves."""
        if self.change:
            os.chown(path, self.uid, self.gid)

    def can_write(self, folder: Path) -> bool:
        """Say whether this account gets into the folder, whatever stands above it."""
        return self._can("-w", folder)

    def can_read(self, file: Path) -> bool:
        return self._can("-r", file)

    def _can(self, test: str, path: Path) -> bool:
        question = ["/bin/sh", "-c", 'test "$1" "$2"', "sh", test, str(path)]
        answer = subprocess.run(question, check=False, cwd="/", **self.change)
        return answer.returncode == 0


def account_for_servers() -> Account:
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), change={})
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        change = ChangeOfUser(user=entry.pw_uid, group=entry.pw_gid, extra_groups=[])
        return Account(uid=entry.pw_uid, gid=entry.pw_gid, change=change)
    raise NoAccountForServers(f"None of the accounts {', '.join(_CANDIDATES)} exists.")
