"""Bytes go in under their digest and come out unchanged, or not at all: the one contract."""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from corpid.files.models import StoredFile
from corpid.files.services.open_file import FileNotKept, open_file
from corpid.files.services.purge_files import purge_files
from corpid.files.services.receive_file import FileTooLarge
from corpid.files.services.store_file import store_file
from corpid.files.storage import FileDamaged, Storage

NOW = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)


pytestmark = pytest.mark.usefixtures("storage")


@pytest.mark.django_db
def test_a_stored_file_is_named_by_its_digest_and_comes_back_unchanged() -> None:
    stored = store_file(content=b"agreement", media_type="application/pdf", at=NOW)

    with open_file(stored.digest_hex) as file:
        assert file.read() == b"agreement"
    assert stored.digest_hex == hashlib.sha256(b"agreement").hexdigest()
    assert stored.size == 9


@pytest.mark.django_db
def test_a_file_of_exactly_the_limit_is_taken() -> None:
    stored = store_file(content=b"12345", media_type="text/plain", at=NOW, max_bytes=5)

    assert stored.size == 5


@pytest.mark.django_db
def test_one_byte_too_many_is_refused_and_leaves_nothing(
    storage: Storage, settings: Settings
) -> None:
    with pytest.raises(FileTooLarge):
        store_file(content=b"123456", media_type="text/plain", at=NOW, max_bytes=5)

    assert list(storage.held()) == []
    assert [path for path in settings.FILES_DIR.rglob("*") if path.is_file()] == []
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("digest", ["../../etc/passwd", "A" * 64, "0" * 63, ""])
def test_what_is_not_a_digest_never_becomes_a_path(digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        open_file(digest)


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
def test_the_same_bytes_stored_by_many_at_once_are_one_file(storage: Storage) -> None:
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
    assert [(each.digest_hex, each.size) for each in storage.held()] == [(*digests, 100_000)]


@pytest.mark.django_db
def test_a_file_has_a_descriptor_for_the_fence_and_leaves_no_copy(settings: Settings) -> None:
    stored = store_file(content=b"agreement", media_type="application/pdf", at=NOW)
    before = sorted(settings.FILES_DIR.rglob("*"))

    with open_file(stored.digest_hex) as file:
        content = os.pread(file.fileno(), 100, 0)
        during = sorted(settings.FILES_DIR.rglob("*"))

    assert content == b"agreement"
    assert during == before


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"agreemenT", b"agree", b"agreement and more", b""])
def test_bytes_that_changed_in_the_store_are_never_given_out(
    content: bytes, spoil: Callable[[str, bytes], None]
) -> None:
    stored = store_file(content=b"agreement", media_type="application/pdf", at=NOW)
    spoil(stored.digest_hex, content)

    with pytest.raises(FileDamaged):
        open_file(stored.digest_hex)


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"agreemenT", b"agree", b"agreement and more", b""])
def test_a_file_damaged_in_the_store_is_whole_once_it_is_stored_again(
    content: bytes, spoil: Callable[[str, bytes], None]
) -> None:
    stored = store_file(content=b"agreement", media_type="application/pdf", at=NOW)
    spoil(stored.digest_hex, content)

    store_file(content=b"agreement", media_type="application/pdf", at=NOW)

    with open_file(stored.digest_hex) as file:
        assert file.read() == b"agreement"


@pytest.mark.django_db
def test_a_file_lost_in_the_store_is_there_once_it_is_stored_again(storage: Storage) -> None:
    stored = store_file(content=b"agreement", media_type="application/pdf", at=NOW)
    storage.remove(stored.digest_hex)

    store_file(content=b"agreement", media_type="application/pdf", at=NOW)

    with open_file(stored.digest_hex) as file:
        assert file.read() == b"agreement"


@pytest.mark.django_db
def test_the_storage_tells_what_it_holds_and_nothing_else(
    storage: Storage, spoil: Callable[[str, bytes], None]
) -> None:
    began = datetime.now(tz=UTC).replace(microsecond=0)
    stored = store_file(content=b"agreement", media_type="application/pdf", at=NOW)

    (held,) = storage.held()

    assert (held.digest_hex, held.size) == (stored.digest_hex, 9)
    assert began <= held.since <= datetime.now(tz=UTC)


def test_removing_what_is_not_there_changes_nothing(storage: Storage) -> None:
    storage.remove("0" * 64)

    assert list(storage.held()) == []
