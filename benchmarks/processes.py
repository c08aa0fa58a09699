"""CPU seconds of running processes and all their descendants, from /proc."""

import os
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM = 1, 11, 12, 13, 14


def cpu_seconds(roots: Iterable[int], *, without: Container[int] = ()) -> float:
    """Sum user and system time of these processes' trees, children that have ended included.

    By tree, not by process group: PostgreSQL's backends each lead a group of their own.
    """
    children: dict[int, list[int]] = defaultdict(list)
    ticks: dict[int, int] = {}
    for pid, fields in _processes():
        children[int(fields[_PARENT])].append(pid)
        ticks[pid] = sum(
            int(fields[field]) for field in (_USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM)
        )
    waiting, total = list(roots), 0
    while waiting:
        pid = waiting.pop()
        if pid in without:
            continue
        total += ticks.get(pid, 0)
        waiting.extend(children[pid])
    return total / _TICK


def children_of(parent: int) -> list[int]:
    return [pid for pid, fields in _processes() if int(fields[_PARENT]) == parent]


def _processes() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            continue
        yield int(entry.name), stat.rpartition(") ")[2].split()
