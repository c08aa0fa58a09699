"""Starting, recognising and stopping processes so that none is ever left behind.

Each process leads a session of its own: Ctrl-C in a terminal reaches the launcher alone, which
then stops the others in order. A launcher that is killed takes them along (PR_SET_PDEATHSIG).
A process is recognised by its id and the moment it started, since ids are used again.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from corpid.embedded.accounts import Account

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_STATE, _PARENT, _GROUP, _START_TIME = 0, 1, 2, 19  # fields of /proc/PID/stat after the name


def spawn(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    folder: Path,
    signal_at_parents_death: signal.Signals,
    account: Account | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process that leads its own group and doesn't outlive this one.

    Call it from the main thread: Linux counts the death of the thread that forked.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # After the change of user, which would clear the setting (prctl(2)).
            preexec_fn=die_with_parent(signal_at_parents_death),  # noqa: PLW1509  # one thread
            **(account.change if account else {}),
        )


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Give a preexec_fn by which a child does not outlive this process."""
    parent = os.getpid()

    def arrange() -> None:
        if _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
        if os.getppid() != parent:  # it died between fork and prctl
            os.kill(os.getpid(), signal.SIGKILL)

    return arrange


def start_time(pid: int) -> int | None:
    """When a living process began, in clock ticks since boot; None for the dead."""
    fields = _stat(pid)
    if fields is None or fields[_STATE] in {"Z", "X"}:
        return None
    return int(fields[_START_TIME])


def descendants(pid: int) -> list[int]:
    """Return every living process below this one, nearest first."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))) is not None:
            parents.setdefault(int(fields[_PARENT]), []).append(int(entry.name))
    found: list[int] = []
    level = [pid]
    while level:
        level = [child for parent in level for child in parents.get(parent, [])]
        found += level
    return found


def members(group: int) -> list[int]:
    """Return the living processes of a process group."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        fields = _stat(int(entry.name))
        if fields and int(fields[_GROUP]) == group and fields[_STATE] not in {"Z", "X"}:
            found.append(int(entry.name))
    return found


def end_group(group: int, *, patience: float = 5.0) -> None:
    """Ask a process group to end, then insist. Nothing of it is alive afterwards."""
    _signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while members(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    while members(group):
        _signal_group(group, signal.SIGKILL)
        time.sleep(0.02)


def kill_group(group: int) -> None:
    end_group(group, patience=0.0)


def _signal_group(group: int, which: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, which)


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2 :].split()  # the name may hold spaces and brackets
