"""Bytes go in under their digest and come out unchanged, or not at all."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from corpid.files.models import StoredFile
from corpid.files.services.open_file import open_file
from corpid.files.services.path_of_file import FileNotKept, path_of_file
from corpid.files.services.purge_files import purge_files
from corpid.files.services.store_file import FileTooLarge, StorageFull, store_file

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
