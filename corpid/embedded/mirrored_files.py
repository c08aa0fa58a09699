"""Documents by their digest, copied into a backup and out of it.

A document is under its name before the row that names it is committed. So what is copied after
a moment was read off the clock holds every file of every row committed by that moment.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_DIGEST = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


class CopyDamaged(RuntimeError):
    """The bytes of a file are not those that its name promises."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    copied: int
    damaged: tuple[Path, ...]  # not copied: their bytes have another digest

    def refuse_damage(self) -> None:
        if self.damaged:
            raise CopyDamaged(f"Damaged, and not copied: {', '.join(map(str, self.damaged))}")


def copy_missing_files(source: Path, target: Path) -> Mirrored:
    """Copy what `target` doesn't have; a damaged file keeps no other from being copied.

    A file that goes while we copy was purged: whatever named it has expired.
    """
    copied, damaged = 0, []
    for file in _files_in(source):
        place = target / file.relative_to(source)
        if place.exists():
            continue
        try:
            copied += _copy(file, place)
        except CopyDamaged:
            damaged.append(file)
    return Mirrored(copied, tuple(damaged))


def _files_in(folder: Path) -> Iterator[Path]:
    for above in sorted(folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]")):
        yield from (file for file in above.iterdir() if _DIGEST.fullmatch(file.name))


def _copy(file: Path, place: Path) -> bool:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = place.with_name(f".arriving-{os.getpid()}-{place.name}")
    hashed = hashlib.sha256()
    try:
        with file.open("rb") as reading, part.open("wb") as writing:
            while chunk := reading.read(_CHUNK):
                hashed.update(chunk)
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
        if hashed.hexdigest() != file.name:
            raise CopyDamaged(str(file))
        shutil.copystat(file, part)
        part.rename(place)
    except FileNotFoundError:
        if file.exists():
            raise
        return False
    finally:
        part.unlink(missing_ok=True)
    return True
