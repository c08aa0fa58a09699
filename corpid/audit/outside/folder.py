"""A folder or a file, best on a disk whose owner is not the database's.

One JSON line a checkpoint, appended and flushed to the disk before it counts. A folder gets one
file a month. A file (its name ends in `.jsonl`) belongs to somebody else: it has to be there
already, since whoever makes a file owns it, and may carry the append-only attribute.
"""

import errno
import json
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from corpid.audit.outside.place import PlaceNotAvailable


class FolderPlace:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def name(self) -> str:
        return str(self._folder)

    def append(self, note: str, *, signed_at: datetime) -> None:
        file = self._folder / f"checkpoints-{signed_at.astimezone(UTC):%Y-%m}.jsonl"
        try:
            self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            is_new = not file.exists()
            _append_line(file, _line(note, signed_at), os.O_CREAT)
            if is_new:
                _flush_folder(self._folder)
        except OSError as error:
            raise PlaceNotAvailable(_reason(error)) from error

    def notes(self) -> Iterator[str]:
        return _read(sorted(self._folder.glob("checkpoints-*.jsonl")))


class FilePlace:
    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def name(self) -> str:
        return str(self._file)

    def append(self, note: str, *, signed_at: datetime) -> None:
        try:
            _append_line(self._file, _line(note, signed_at), 0)
        except OSError as error:
            raise PlaceNotAvailable(_reason(error)) from error

    def notes(self) -> Iterator[str]:
        return _read([self._file])


def _line(note: str, signed_at: datetime) -> bytes:
    moment = signed_at.astimezone(UTC).isoformat()
    return json.dumps({"signed_at": moment, "note": note}, ensure_ascii=False).encode() + b"\n"


def _append_line(file: Path, line: bytes, more_flags: int) -> None:
    opened = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | more_flags, 0o644)
    try:
        size = os.fstat(opened).st_size
        if size and os.pread(opened, 1, size - 1) != b"\n":
            line = b"\n" + line  # a full disk tore the last line; the next begins afresh
        if os.write(opened, line) != len(line):  # one write: lines never interleave
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(opened)
    finally:
        os.close(opened)


def _read(files: Iterable[Path]) -> Iterator[str]:
    try:
        for file in files:
            with file.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    yield _note(line)
    except OSError as error:
        raise PlaceNotAvailable(_reason(error)) from error


def _note(line: str) -> str:
    try:
        note = json.loads(line)["note"]
    except (ValueError, KeyError, TypeError):
        return line
    return note if isinstance(note, str) else line


def _flush_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _reason(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, type(error).__name__)
