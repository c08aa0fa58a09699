"""What keeps the bytes: a folder or a bucket, by one contract, chosen by settings.FILES_STORE.

A file has one name, its digest, and is never rewritten. Bytes arrive in a file of our own,
where they are counted and hashed, before a storage keeps them; they are given out as an open
file that was hashed on the way, so that what has changed since is never used.
"""

import errno
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from corpid.errors import NoRoom, NotAvailable, PartAway, gettext_noop

CHUNK = 1 << 20


class StorageFull(NoRoom):
    code = "storage_full"
    title = gettext_noop("We can't take files at the moment.")
    remedy = gettext_noop("Try again in a few minutes. Nothing was kept of this attempt.")


class StorageAway(PartAway):
    code = "storage_away"
    title = gettext_noop("Our store of documents does not answer.")
    remedy = gettext_noop("Try again in a few minutes. Signing goes on by itself.")


class FileDamaged(NotAvailable):
    code = "file_damaged"
    title = gettext_noop("The file in our store is no longer what it was.")
    remedy = gettext_noop("We restore it from its copy. Try again later.")


class NotThere(LookupError):
    """The storage has no such file."""


@contextmanager
def full_disk_named() -> Iterator[None]:
    """Turn a full disk into StorageFull: it may fill between the look and the last byte."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise StorageFull(str(error.strerror)) from error


@dataclass(frozen=True, slots=True)
class Arriving:
    """A file of our own that is being written; it has no name yet that anybody looks for."""

    file: BinaryIO
    path: Path | None = None  # none: the bytes go with the last who holds them open


@dataclass(frozen=True, slots=True)
class Held:
    """One file that a storage holds, and since when."""

    digest_hex: str
    size: int
    since: datetime


class Storage(Protocol):
    def arriving(self) -> AbstractContextManager[Arriving]:
        """Open a file of our own to write to; what is not kept is gone at the end."""

    def keep(self, arriving: Arriving, *, digest_hex: str, size: int) -> None:
        """Give the bytes their name, for good, all or none.

        Whole bytes under that name stay; damaged ones are replaced: whoever brings them again
        heals the store. Raises StorageFull and StorageAway.
        """

    def open(self, digest_hex: str) -> BinaryIO:
        """Give the bytes, of which each was hashed.

        Raises NotThere, FileDamaged and StorageAway.
        """

    def remove(self, digest_hex: str) -> None:
        """Forget the bytes; nothing happens if there are none. Raises StorageAway."""

    def clear_arriving(self, *, before: datetime) -> int:
        """Remove what arrived half, by a process that died since; say how many."""

    def held(self) -> Iterator[Held]:
        """Go through all that is held. Raises StorageAway."""
