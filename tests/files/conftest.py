"""Each test of files runs with both storages: a folder, and a bucket of moto's server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from corpid.files.configured_storage import configured_storage
from corpid.files.local_storage import place_of
from corpid.files.storage import Storage
from tests.object_store import credentials, empty_s3, s3

__all__ = ["credentials", "empty_s3", "s3"]

BUCKET = "corpid-documents"
PREFIX = "files"


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path / "files"
    settings.FILES_RESERVE_BYTES = 0
    return tmp_path / "files"


@pytest.fixture
def bucket(settings: Settings, folder: Path, s3: str, empty_s3: Any) -> Any:
    """Choose a bucket, empty; give its owner's client."""
    empty_s3.create_bucket(Bucket=BUCKET)
    settings.FILES_STORE = f"s3://{BUCKET}/{PREFIX}?endpoint={s3}"
    return empty_s3


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest) -> Storage:
    request.getfixturevalue(request.param)
    return configured_storage()


@pytest.fixture
def spoil(
    storage: Storage, settings: Settings, request: pytest.FixtureRequest
) -> Callable[[str, bytes], None]:
    """Put other bytes behind a name, past every check of ours."""

    def write(digest_hex: str, content: bytes) -> None:
        if settings.FILES_STORE:
            bucket = request.getfixturevalue("bucket")
            key = f"{PREFIX}/{place_of(digest_hex)}"
            bucket.put_object(Bucket=BUCKET, Key=key, Body=content)
        else:
            (settings.FILES_DIR / place_of(digest_hex)).write_bytes(content)

    return write
