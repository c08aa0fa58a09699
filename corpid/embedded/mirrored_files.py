"""Documents by their digest, copied into a backup and out of it.

A document is under its name before the row that names it is committed. So what is copied after
a moment was read off the clock holds every file of every row committed by that moment.

A store of a million documents has 65,536 folders. Who copies every second (Mirror) looks only
into those that have changed: naming a file changes the time of its folder, and the store then
touches the folder above (corpid/files/local_storage.py), so that a look at 256 times is enough.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_DIGEST = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_TIMES_MAY_BE_COARSE = 2_000_000_000  # nanoseconds: what changed so lately may change unseen
_WHOLE_EVERY = 600.0  # seconds: what somebody put there by hand touches no folder above


class CopyDamaged(RuntimeError):
    """The bytes of a file are not those that its name promises."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    copied: int
    damaged: tuple[Path, ...]  # not copied: their bytes have another digest
    folders: int = 0  # that were looked into

    def refuse_damage(self) -> None:
        if self.damaged:
            raise CopyDamaged(f"Damaged, and not copied: {', '.join(map(str, self.damaged))}")


def copy_missing_files(source: Path, target: Path) -> Mirrored:
    """Copy what `target` doesn't have; a damaged file keeps no other from being copied.

    A file that goes while we copy was purged: whatever named it has expired.
    """
    return Mirror(source, target).copy_new()


@dataclass(slots=True)
class Mirror:
    """Copies again and again, and remembers which folders it has seen as they are."""

    source: Path
    target: Path
    _seen: dict[Path, int] = field(default_factory=dict)
    _whole_at: float = 0.0

    def copy_new(self) -> Mirrored:
        """Copy what came since the last call; the first one looks at everything."""
        if time.monotonic() >= self._whole_at + _WHOLE_EVERY:
            self._seen.clear()
            self._whole_at = time.monotonic()
        try:
            return self._look()
        except BaseException:  # a full disk: nothing counts as seen that was not copied
            self._seen.clear()
            raise

    def _look(self) -> Mirrored:
        copied, folders = 0, 0
        damaged: list[Path] = []
        for above in self._changed(self.source, "[0-9a-f][0-9a-f]"):
            spoilt: list[Path] = []
            for folder in self._changed(above, "[0-9a-f][0-9a-f]"):
                folders += 1
                here, bad = self._copy_of(folder)
                copied += here
                spoilt += bad
                if bad:
                    self._seen.pop(folder, None)  # looked at, and told of, again
            if spoilt:
                self._seen.pop(above, None)
            damaged += spoilt
        return Mirrored(copied, tuple(damaged), folders)

    def _changed(self, folder: Path, pattern: str) -> Iterator[Path]:
        """Give folders whose time is another than when it was remembered, before any look."""
        for each in sorted(folder.glob(pattern)):
            now = time.time_ns()
            try:
                changed_at = each.stat().st_mtime_ns
            except FileNotFoundError:
                continue
            if self._seen.get(each) == changed_at:
                continue
            if changed_at < now - _TIMES_MAY_BE_COARSE:
                self._seen[each] = changed_at
            yield each

    def _copy_of(self, folder: Path) -> tuple[int, list[Path]]:
        copied = 0
        damaged: list[Path] = []
        for file in sorted(folder.iterdir()):
            place = self.target / file.relative_to(self.source)
            if not _DIGEST.fullmatch(file.name) or place.exists():
                continue
            try:
                copied += _copy(file, place)
            except CopyDamaged:
                damaged.append(file)
        return copied, damaged


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
