"""A folder on a disk: whole files only, and what a full disk is called."""

import hashlib
import io
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from corpid.errors import PartAway
from corpid.files.models import StoredFile
from corpid.files.services.open_file import open_file
from corpid.files.services.store_file import store_file
from corpid.files.storage import StorageFull
from corpid.problems import status_of

NOW = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.django_db
def test_nothing_but_whole_files_lies_in_the_folder(folder: Path) -> None:
    store_file(content=b"agreement", media_type="application/pdf", at=NOW)

    assert [path.name for path in folder.rglob("*") if path.is_file()] == [
        hashlib.sha256(b"agreement").hexdigest()
    ]


@pytest.mark.django_db
def test_a_disk_below_its_reserve_takes_nothing(settings: Settings) -> None:
    settings.FILES_RESERVE_BYTES = 1 << 60

    with pytest.raises(StorageFull):
        store_file(content=io.BytesIO(b"agreement"), media_type="application/pdf", at=NOW)


@pytest.fixture
def disk_of_two_megabytes(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "small-disk", str(folder)], check=True
    )
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


class FillsTheDisk(io.BytesIO):
    """An upload during which somebody else takes what was left of the disk."""

    def __init__(self, content: bytes, others: Path) -> None:
        super().__init__(content)
        self.others = others

    def read(self, size: int | None = -1, /) -> bytes:
        if not self.others.exists():
            self.others.write_bytes(bytes(3 << 19))
        return super().read(size)


@pytest.mark.needs("mount")
@pytest.mark.django_db
def test_a_disk_that_fills_meanwhile_keeps_nothing_half_written_and_recovers(
    disk_of_two_megabytes: Path,
) -> None:
    others = disk_of_two_megabytes / "others"
    megabyte = bytes(range(256)) * 4096

    with pytest.raises(StorageFull):
        store_file(
            content=FillsTheDisk(megabyte, others),
            media_type="application/pdf",
            at=NOW,
            max_bytes=len(megabyte),
        )

    assert [path for path in disk_of_two_megabytes.rglob("*") if path.is_file()] == [others]
    assert not StoredFile.objects.exists()
    others.unlink()
    stored = store_file(
        content=megabyte, media_type="application/pdf", at=NOW, max_bytes=len(megabyte)
    )
    with open_file(stored.digest_hex) as file:
        assert file.read() == megabyte


@pytest.mark.django_db
def test_another_failure_of_the_disk_is_not_called_full(
    folder: Path,
) -> None:
    folder.write_bytes(b"")

    with pytest.raises(FileExistsError):
        store_file(content=b"agreement", media_type="application/pdf", at=NOW)


def test_a_full_disk_is_answered_507_and_makes_jobs_wait() -> None:
    assert status_of(StorageFull) == 507
    assert issubclass(StorageFull, PartAway)


@pytest.mark.django_db
def test_whole_bytes_in_a_folder_are_not_written_again(folder: Path) -> None:
    stored = store_file(content=b"agreement", media_type="application/pdf", at=NOW)
    (kept,) = folder.rglob(stored.digest_hex)
    before = kept.stat().st_ino

    store_file(content=b"agreement", media_type="application/pdf", at=NOW)

    assert kept.stat().st_ino == before
