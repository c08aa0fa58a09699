"""Counts in files: each process has its own, a reader adds them up, the dead stay counted.

prometheus_client's multiprocess mode with names that never come twice: a process id does
(after a restart, and in two containers that share the folder). A process counts in
memory-mapped files, so that nothing counted is lost when it is killed, and holds a lock on its
`alive_…` file, which the kernel lets go when the process ends, however it ends.

A reader first folds the files of the dead into one generation, `folded-<n>`, so that files do
not pile up and no counter ever falls. A generation names the processes that it holds; it counts
from the moment its folder has its name, and their own files no more. So a reader that is killed
anywhere in between leaves nothing counted twice or not at all.
"""

import atexit
import fcntl
import json
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import Metric, values
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where the library looks for it
_KINDS = ("counter", "histogram")
# Taken at once: a map that grows while the disk is full would end the process by SIGBUS.
_ROOM = 1024 * 1024
_MEMORY = Path("/dev/shm")  # noqa: S108  mkdtemp makes a folder of our own in it

logger = logging.getLogger(__name__)


def count_in(folder: Path) -> None:
    """Let metrics that are made from now on count in files of this folder."""
    os.environ[_FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue(_Process(folder).name)  # type: ignore[no-untyped-call]  # the library's


class _Process:
    """The name under which this process counts; a forked child gets one of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process_id: int | None = None
        self._name = ""
        self._alive: int | None = None

    def name(self) -> str:
        """Take the files at the first count: not every process that could count does."""
        if self._process_id is None:
            self._process_id = 0  # the library asks once when it is set up
        elif self._process_id != os.getpid():
            self._take_files()
        return self._name

    def _take_files(self) -> None:
        if self._alive is not None:
            os.close(self._alive)  # the parent's
        self._process_id, self._name = os.getpid(), secrets.token_hex(8)
        try:
            self._alive = _reserve(self._folder, self._name)
        except OSError:
            # Work goes on, uncounted, rather than stop because of its own gauges.
            logger.exception("this process can't be counted: no files in %s", self._folder)
            self._alive = None
            own = tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None)
            os.environ[_FOLDER] = own
            atexit.register(shutil.rmtree, own, ignore_errors=True)


def _reserve(folder: Path, name: str) -> int:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder):
        alive = os.open(folder / f"alive_{name}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(alive, fcntl.LOCK_EX)
        try:
            for kind in _KINDS:
                _take_room(folder / f"{kind}_{name}.db", _ROOM)
        except OSError:
            os.close(alive)
            _remove(folder, [name])
            raise
    return alive


def _take_room(path: Path, size: int) -> None:
    with path.open("xb") as file:
        os.posix_fallocate(file.fileno(), 0, size)


def read_counts(folder: Path) -> list[Metric]:
    """Add up what all processes of this folder have counted, the living and the dead."""
    if not folder.is_dir():
        return []
    with _locked(folder):
        try:
            _fold(folder)
        except OSError:  # a full disk: the dead are read where they lie
            logger.exception("counts of ended processes stay in files of their own")
        files = [*_generation_files(folder), *folder.glob("*.db")]
        return list(_merge(files, accumulate=True))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fold(folder: Path) -> None:
    """Take the counts of processes that have ended into one more generation."""
    generations = _generations(folder)
    latest = generations[-1] if generations else None
    if latest is not None:  # what a killed reader left
        _remove(folder, json.loads((latest / "processes.json").read_text()))
        for earlier in generations[:-1]:
            shutil.rmtree(earlier)
    for part in folder.glob("part-*"):
        shutil.rmtree(part)
    dead = sorted(name for name in _names(folder) if _is_dead(folder, name))
    if not dead:
        return
    part = Path(tempfile.mkdtemp(prefix="part-", dir=folder))
    for kind in _KINDS:
        own = [file for name in dead if (file := folder / f"{kind}_{name}.db").exists()]
        before = [latest / f"{kind}_folded.db"] if latest else []
        folded = part / f"{kind}_folded.db"
        _take_room(folded, max(_ROOM, *(file.stat().st_size for file in [*before, *own])))
        _write(_merge([*before, *own], accumulate=False), folded)
    (part / "processes.json").write_text(json.dumps(dead))
    number = int(latest.name.removeprefix("folded-")) + 1 if latest else 1
    part.rename(folder / f"folded-{number:012}")
    _remove(folder, dead)
    if latest is not None:
        shutil.rmtree(latest)


def _names(folder: Path) -> set[str]:
    return {
        path.stem.partition("_")[2]
        for pattern in ("alive_*", "*_*.db")
        for path in folder.glob(pattern)
    }


def _is_dead(folder: Path, name: str) -> bool:
    try:
        with (folder / f"alive_{name}").open("r") as alive:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return True
    return True


def _generations(folder: Path) -> list[Path]:
    return sorted(folder.glob("folded-*"))


def _generation_files(folder: Path) -> list[Path]:
    return [file for latest in _generations(folder)[-1:] for file in latest.glob("*.db")]


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        for kind in _KINDS:
            (folder / f"{kind}_{name}.db").unlink(missing_ok=True)
        (folder / f"alive_{name}").unlink(missing_ok=True)


def _merge(files: Iterable[Path], *, accumulate: bool) -> Iterable[Metric]:
    paths = [str(file) for file in files if file.stat().st_size]  # killed while it began
    return MultiProcessCollector.merge(paths, accumulate=accumulate)  # type: ignore[no-any-return,no-untyped-call]  # the library's


def _write(metrics: Iterable[Metric], path: Path) -> None:
    file = MmapedDict(str(path))  # type: ignore[no-untyped-call]  # the library's
    for metric in metrics:
        for sample in metric.samples:
            key = mmap_key(
                metric.name,
                sample.name,
                list(sample.labels),
                list(sample.labels.values()),
                metric.documentation,
            )
            file.write_value(key, sample.value, 0.0)  # type: ignore[no-untyped-call]  # the library's
    file.close()  # type: ignore[no-untyped-call]  # the library's
