"""Files in a folder: written aside, flushed, then given their name, which is their digest.

A name appears only when all the bytes are on the disk, so a reader never sees half a file and
a crash leaves at most a nameless temporary one.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Written:
    """A file written aside: its digest and size are known, its name is not yet given."""

    path: Path
    digest_hex: str
    size: int


class LocalStorage:
    def __init__(self, root: Path) -> None:
        self.root = root

    def path_of(self, digest_hex: str) -> Path:
        """Say where the file is: two levels of folders keep each below 65,536 entries."""
        if not _DIGEST.fullmatch(digest_hex):
            raise ValueError(f"{digest_hex!r} is not a SHA-256 digest in lower-case hex")
        return self.root / digest_hex[:2] / digest_hex[2:4] / digest_hex

    @contextmanager
    def written_aside(self, content: BinaryIO, *, max_bytes: int) -> Iterator[Written | None]:
        """Copy the content to a temporary file; None if it is longer than `max_bytes`."""
        self.root.mkdir(parents=True, exist_ok=True)
        hashed = hashlib.sha256()
        size = 0
        handle, name = tempfile.mkstemp(prefix=".arriving-", dir=self.root)
        path = Path(name)
        try:
            with os.fdopen(handle, "wb") as aside:
                while chunk := content.read(CHUNK):
                    size += len(chunk)
                    if size > max_bytes:
                        break
                    hashed.update(chunk)
                    aside.write(chunk)
                aside.flush()
                os.fsync(aside.fileno())
            yield Written(path, hashed.hexdigest(), size) if size <= max_bytes else None
        finally:
            path.unlink(missing_ok=True)

    def give_name(self, written: Written) -> None:
        """Make the file appear under its digest; nothing happens if it is there already."""
        target = self.path_of(written.digest_hex)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        written.path.rename(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, digest_hex: str) -> None:
        self.path_of(digest_hex).unlink(missing_ok=True)
