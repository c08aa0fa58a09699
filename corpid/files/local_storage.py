"""Files in a folder: written aside, flushed, then given their name, which is their digest.

A name appears only when all the bytes are on the disk, so a reader never sees half a file and
a crash leaves at most a nameless temporary one.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import structlog

from corpid.files.storage import Arriving, FileDamaged, Held, NotThere

ARRIVING = ".arriving-"
_DIGEST = re.compile(r"[0-9a-f]{64}")

logger = structlog.get_logger(__name__)


def place_of(digest_hex: str) -> str:
    """Say where the file is: two levels of folders keep each below 65,536 entries."""
    if not _DIGEST.fullmatch(digest_hex):
        raise ValueError(f"{digest_hex!r} is not a SHA-256 digest in lower-case hex")
    return f"{digest_hex[:2]}/{digest_hex[2:4]}/{digest_hex}"


class LocalStorage:
    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def arriving(self) -> Iterator[Arriving]:
        self.root.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=ARRIVING, dir=self.root)
        path = Path(name)
        try:
            with os.fdopen(handle, "w+b") as file:
                yield Arriving(file, path)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, arriving: Arriving, *, digest_hex: str, size: int) -> None:
        target = self.root / place_of(digest_hex)
        if self._is_whole(target, digest_hex, size):
            # Who gave it its name may have died before the folder was touched.
            os.utime(target.parents[1])
            return
        assert arriving.path is not None  # noqa: S101  `arriving` above gave it one
        arriving.file.flush()
        os.fsync(arriving.file.fileno())
        target.parent.mkdir(parents=True, exist_ok=True)
        arriving.path.rename(target)
        for folder in target.parents[:3]:  # the folders' own entries may be new too
            _flush_folder(folder)
        os.utime(target.parents[1])  # the archiver looks into what changed (mirrored_files)

    def _is_whole(self, target: Path, digest_hex: str, size: int) -> bool:
        """Read what has the name already: a disk may have changed or lost it since."""
        reason = "other bytes"
        try:
            with target.open("rb") as kept:
                has_size = os.fstat(kept.fileno()).st_size == size
                if has_size and hashlib.file_digest(kept, "sha256").hexdigest() == digest_hex:
                    return True
        except FileNotFoundError:
            return False
        except OSError as error:
            reason = type(error).__name__
        logger.error(
            "stored file is damaged, and is replaced", digest=digest_hex, reason=reason
        )
        return False

    def open(self, digest_hex: str) -> BinaryIO:
        try:
            file = (self.root / place_of(digest_hex)).open("rb")
        except FileNotFoundError:
            raise NotThere(digest_hex) from None
        if hashlib.file_digest(file, "sha256").hexdigest() != digest_hex:
            file.close()
            logger.error("stored file is damaged", digest=digest_hex)
            raise FileDamaged(digest_hex)
        file.seek(0)
        return file

    def remove(self, digest_hex: str) -> None:
        (self.root / place_of(digest_hex)).unlink(missing_ok=True)

    def clear_arriving(self, *, before: datetime) -> int:
        removed = 0
        for path in self.root.glob(f"{ARRIVING}*"):
            with suppress(FileNotFoundError):  # it has just got its name
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    removed += 1
        return removed

    def held(self) -> Iterator[Held]:
        for path in self.root.glob("??/??/*"):
            if _DIGEST.fullmatch(path.name):
                try:
                    found = path.stat()
                except FileNotFoundError:  # removed while we go through
                    continue
                yield Held(
                    path.name, found.st_size, datetime.fromtimestamp(found.st_mtime, tz=UTC)
                )


def _flush_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
