"""Bytes go in under their digest and come out unchanged, or not at all."""

import hashlib
import io
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from corpid.errors import PartAway
from corpid.files.models import StoredFile
from corpid.files.services.open_file import open_file
from corpid.files.services.path_of_file import FileNotKept, path_of_file
from corpid.files.services.purge_files import purge_files
from corpid.files.services.store_file import FileTooLarge, StorageFull, store_file
from corpid.problems import status_of

NOW = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path / "files"
    settings.FILES_RESERVE_BYTES = 0
    return tmp_path / "files"


@pytest.mark.django_db
def test_a_stored_file_is_named_by_its_digest_and_comes_back_unchanged() -> None:
    stored = store_file(content=b"agreement", media_type="application/pdf", at=NOW)

    with open_file(stored.digest_hex) as file:
        assert file.read() == b"agreement"
    assert stored.digest_hex == hashlib.sha256(b"agreement").hexdigest()
    assert stored.size == 9


@pytest.mark.django_db
def test_nothing_but_whole_files_lies_in_the_folder(folder: Path) -> None:
    store_file(content=b"agreement", media_type="application/pdf", at=NOW)

    assert [path.name for path in folder.rglob("*") if path.is_file()] == [
        hashlib.sha256(b"agreement").hexdigest()
    ]


@pytest.mark.django_db
def test_a_file_of_exactly_the_limit_is_taken() -> None:
    stored = store_file(content=b"12345", media_type="text/plain", at=NOW, max_bytes=5)

    assert stored.size == 5


@pytest.mark.django_db
def test_one_byte_too_many_is_refused_and_leaves_nothing(folder: Path) -> None:
    with pytest.raises(FileTooLarge):
        store_file(content=b"123456", media_type="text/plain", at=NOW, max_bytes=5)

    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert not StoredFile.objects.exists()


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


@pytest.mark.parametrize("digest", ["../../etc/passwd", "A" * 64, "0" * 63, ""])
def test_what_is_not_a_digest_never_becomes_a_path(digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        path_of_file(digest)


def test_a_file_we_do_not_have_is_named_as_such() -> None:
    with pytest.raises(FileNotKept):
        open_file("0" * 64)


@pytest.mark.django_db
def test_a_file_goes_when_its_time_has_come_and_not_a_moment_before() -> None:
    until = NOW + timedelta(hours=1)
    stored = store_file(
        content=b"upload", media_type="application/pdf", at=NOW, keep_until=until
    )

    assert purge_files(at=until - timedelta(microseconds=1)) == 0
    assert purge_files(at=until) == 1
    with pytest.raises(FileNotKept):
        open_file(stored.digest_hex)


@pytest.mark.django_db
@pytest.mark.parametrize("for_good_first", [True, False])
def test_an_upload_of_bytes_we_keep_for_good_never_takes_them_away(
    for_good_first: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    wishes = [None, NOW + timedelta(hours=1)]
    for wish in wishes if for_good_first else reversed(wishes):
        store_file(content=b"signed", media_type="application/pdf", at=NOW, keep_until=wish)

    assert purge_files(at=NOW + timedelta(days=365)) == 0


@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_stored_by_many_at_once_are_one_file(folder: Path) -> None:
    def store(_: int) -> str:
        try:
            return store_file(
                content=b"x" * 100_000, media_type="application/pdf", at=NOW
            ).digest_hex
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        digests = set(pool.map(store, range(12)))

    assert len(digests) == 1
    assert StoredFile.objects.count() == 1
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1
