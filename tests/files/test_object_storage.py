"""A bucket that is away, hangs, is full or refuses; what passes through is checked."""

import base64
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from botocore.config import Config
from pytest_django import Settings

from corpid.errors import PartAway
from corpid.files import object_storage
from corpid.files.configured_storage import NoSuchKindOfStorage, configured_storage
from corpid.files.models import StoredFile
from corpid.files.services.open_file import open_file
from corpid.files.services.store_file import store_file
from corpid.files.storage import StorageAway, StorageFull
from corpid.problems import status_of
from tests.files.conftest import BUCKET

NOW = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder", "credentials")]


def store(content: bytes = b"agreement") -> StoredFile:
    return store_file(content=content, media_type="application/pdf", at=NOW)


def test_a_store_that_is_away_is_answered_503_and_makes_jobs_wait() -> None:
    assert status_of(StorageAway) == 503
    assert issubclass(StorageAway, PartAway)


def test_a_store_that_is_not_there_keeps_nothing(settings: Settings) -> None:
    settings.FILES_STORE = f"s3://{BUCKET}?endpoint=http://127.0.0.1:1"

    with pytest.raises(StorageAway, match="EndpointConnectionError"):
        store()
    with pytest.raises(StorageAway):
        open_file("0" * 64)

    assert not StoredFile.objects.exists()
    assert list(settings.FILES_DIR.iterdir()) == []


def test_a_store_that_hangs_is_given_up_in_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = object_storage.PATIENCE.merge(Config(read_timeout=0.3))
    monkeypatch.setattr(object_storage, "PATIENCE", patience)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        settings.FILES_STORE = (
            f"s3://{BUCKET}?endpoint=http://127.0.0.1:{deaf.getsockname()[1]}"
        )
        began = time.monotonic()

        with pytest.raises(StorageAway, match="ReadTimeoutError"):
            store()

    assert time.monotonic() - began < 5


class Answers(BaseHTTPRequestHandler):
    """Say that nothing is there, and to each object that comes what a test has chosen."""

    status, code = 500, "InternalError"
    heard: ClassVar[list[Message]] = []

    def do_HEAD(self) -> None:
        self.send_response(404)
        self.end_headers()

    def do_PUT(self) -> None:
        self.heard.append(self.headers)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        content = f"<Error><Code>{self.code}</Code></Error>".encode() if self.code else b""
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def answering(status: int, code: str) -> Iterator[str]:
    handler = type("Chosen", (Answers,), {"status": status, "code": code})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        (500, "InternalError", StorageAway),
        (503, "SlowDown", StorageAway),
        (403, "AccessDenied", StorageAway),
        (403, "InvalidAccessKeyId", StorageAway),
        (404, "NoSuchBucket", StorageAway),
        (400, "XAmzContentSHA256Mismatch", StorageAway),
        (507, "XMinioStorageFull", StorageFull),
        (400, "XMinioAdminBucketQuotaExceeded", StorageFull),
        (403, "QuotaExceeded", StorageFull),
    ],
)
def test_what_a_store_refuses_has_a_name_and_keeps_nothing(
    status: int, code: str, failure: type[Exception], settings: Settings
) -> None:
    with answering(status, code) as address:
        settings.FILES_STORE = f"s3://{BUCKET}?endpoint={address}"

        with pytest.raises(failure, match=code):
            store()

    assert not StoredFile.objects.exists()


def test_a_bucket_that_does_not_exist_is_away(settings: Settings, s3: str) -> None:
    settings.FILES_STORE = f"s3://no-such-bucket?endpoint={s3}"

    with pytest.raises(StorageAway, match="NoSuchBucket"):
        store()
    with pytest.raises(StorageAway, match="NoSuchBucket"):
        open_file("0" * 64)


@pytest.mark.usefixtures("bucket")
def test_it_goes_on_when_the_store_is_back(settings: Settings) -> None:
    address = settings.FILES_STORE
    settings.FILES_STORE = f"s3://{BUCKET}?endpoint=http://127.0.0.1:1"
    with pytest.raises(StorageAway):
        store()
    settings.FILES_STORE = address

    stored = store()

    with open_file(stored.digest_hex) as file:
        assert file.read() == b"agreement"


def test_the_digest_is_sent_with_the_bytes_so_that_the_store_compares(
    settings: Settings,
) -> None:
    Answers.heard.clear()
    with answering(200, "") as address:
        settings.FILES_STORE = f"s3://{BUCKET}?endpoint={address}"

        stored = store()

    (headers,) = Answers.heard
    assert headers["x-amz-content-sha256"] == stored.digest_hex  # part of what is signed
    assert base64.b64decode(headers["x-amz-checksum-sha256"]).hex() == stored.digest_hex


def test_objects_of_others_in_the_bucket_are_left_alone(bucket: Any) -> None:
    for key in ("files/notes.txt", "0" * 64, "files/aa/bb/" + "0" * 64):
        bucket.put_object(Bucket=BUCKET, Key=key, Body=b"theirs")

    stored = store()

    assert [each.digest_hex for each in configured_storage().held()] == [stored.digest_hex]


def test_bytes_that_are_there_are_not_sent_again(
    bucket: Any, settings: Settings, s3: str
) -> None:
    store()
    (before,) = bucket.list_objects_v2(Bucket=BUCKET)["Contents"]
    time.sleep(1.1)  # what the store tells in whole seconds

    store()

    (after,) = bucket.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert after["LastModified"] == before["LastModified"]


@pytest.mark.parametrize("address", ["ftp://example.org/", "s3://", "/mnt/files"])
def test_an_address_of_no_known_kind_is_refused(address: str, settings: Settings) -> None:
    settings.FILES_STORE = address

    with pytest.raises(NoSuchKindOfStorage):
        configured_storage()
