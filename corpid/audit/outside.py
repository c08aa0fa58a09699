"""Places outside the database where checkpoints are written: what `verify_audit` trusts.

A folder, best on a disk whose owner is not the database's. One file a month, one JSON line a
checkpoint, appended and flushed to the disk before it counts as published.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from django.conf import settings


class OutsidePlace(Protocol):
    def append(self, note: str, *, signed_at: datetime) -> None:
        """Keep the note for good; raise if that is not certain."""

    def notes(self) -> Iterator[str]:
        """Give every note that was ever kept, oldest first."""


class FolderPlace:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, note: str, *, signed_at: datetime) -> None:
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        moment = signed_at.astimezone(UTC)
        file = self._folder / f"checkpoints-{moment:%Y-%m}.jsonl"
        is_new = not file.exists()
        line = json.dumps({"signed_at": moment.isoformat(), "note": note}, ensure_ascii=False)
        opened = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(opened, line.encode() + b"\n")  # one write: lines never interleave
            os.fsync(opened)
        finally:
            os.close(opened)
        if is_new:
            _flush_folder(self._folder)

    def notes(self) -> Iterator[str]:
        for file in sorted(self._folder.glob("checkpoints-*.jsonl")):
            for line in file.read_text().splitlines():
                yield json.loads(line)["note"]


def _flush_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def outside_places() -> list[OutsidePlace]:
    return [FolderPlace(settings.AUDIT_CHECKPOINT_DIR)]
