"""Files as objects in a bucket of any S3-compatible store, each under its digest.

The store compares what arrives with the digest before it keeps it (the signature covers the
content's SHA-256, and the checksum header says it again). What it gives back is copied to a
file without a name, hashed on the way, and gone when its reader closes it.
"""

import base64
import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from corpid.files.local_storage import place_of
from corpid.files.storage import (
    CHUNK,
    Arriving,
    FileDamaged,
    Held,
    NotThere,
    StorageAway,
    StorageFull,
    full_disk_named,
)

LONGEST_TRANSFER = 60.0  # seconds for one file, however slowly it trickles
PATIENCE = Config(
    connect_timeout=2,
    read_timeout=10,
    retries={"total_max_attempts": 2, "mode": "standard"},
    max_pool_connections=32,
    request_checksum_calculation="when_required",  # ours is stronger, and known already
    response_checksum_validation="when_required",
    s3={"payload_signing_enabled": True},
)
_NOT_THERE = {"404", "NoSuchKey", "NotFound"}
_FULL = {"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"}
_INSUFFICIENT_STORAGE = 507

logger = structlog.get_logger(__name__)


class ObjectStorage:
    """Credentials are those of the environment (AWS_ACCESS_KEY_ID … or a role).

    `room` is a folder for what passes through; `reserve` bytes of its disk stay free.
    """

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str,
        endpoint: str | None,
        region: str,
        room: Path,
        reserve: int,
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._room = room
        self._reserve = reserve
        self._client: Any = boto3.client(
            "s3", endpoint_url=endpoint, region_name=region, config=PATIENCE
        )

    @contextmanager
    def arriving(self) -> Iterator[Arriving]:
        self._room.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._room) as file:
            yield Arriving(file)

    def keep(self, arriving: Arriving, *, digest_hex: str, size: int) -> None:
        if self._has(digest_hex, size):
            return
        with _failures_named():
            self._client.put_object(
                **self._object(digest_hex),
                Body=_InTime(arriving.file),
                ContentLength=size,
                ContentType="application/octet-stream",  # never a page of ours
                ChecksumSHA256=_checksum(digest_hex),
            )

    def open(self, digest_hex: str) -> BinaryIO:
        self._room.mkdir(parents=True, exist_ok=True)
        copy: BinaryIO = tempfile.TemporaryFile(dir=self._room)  # noqa: SIM115  its reader closes it
        with ExitStack() as after_a_failure:
            after_a_failure.callback(copy.close)
            with _failures_named(), full_disk_named():
                self._fetch(digest_hex, copy)
                copy.seek(0)  # flushed
            after_a_failure.pop_all()
        return copy

    def remove(self, digest_hex: str) -> None:
        with _failures_named():
            self._client.delete_object(**self._object(digest_hex))

    def clear_arriving(self, *, before: datetime) -> int:  # noqa: ARG002  they have no names
        return 0

    def held(self) -> Iterator[Held]:
        pages = self._client.get_paginator("list_objects_v2")
        with _failures_named():
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for each in page.get("Contents", []):
                    name = each["Key"].rpartition("/")[2]
                    if each["Key"] == self._prefix + _place_or_nothing(name):
                        yield Held(name, each["Size"], each["LastModified"])

    def _object(self, digest_hex: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + place_of(digest_hex)}

    def _has(self, digest_hex: str, size: int) -> bool:
        """Say whether it is there, whole; one of another size or digest is written anew.

        Not every store says a digest, and one that keeps what it was told may keep it beside
        other bytes only by a fault of its own; where it says none, the bytes are read.
        """
        try:
            with _failures_named():
                found = self._client.head_object(
                    **self._object(digest_hex), ChecksumMode="ENABLED"
                )
        except NotThere:
            return False
        if found["ContentLength"] == size:
            said = found.get("ChecksumSHA256")
            if said == _checksum(digest_hex) or (said is None and self._reads(digest_hex)):
                return True
        logger.error("stored file is damaged, and is replaced", digest=digest_hex)
        return False

    def _reads(self, digest_hex: str) -> bool:
        try:
            self.open(digest_hex).close()
        except (NotThere, FileDamaged):
            return False
        return True

    def _fetch(self, digest_hex: str, copy: BinaryIO) -> None:
        deadline = time.monotonic() + LONGEST_TRANSFER
        found = self._client.get_object(**self._object(digest_hex))
        hashed = hashlib.sha256()
        with found["Body"] as content:
            if shutil.disk_usage(self._room).free < self._reserve + found["ContentLength"]:
                raise StorageFull("no room for a copy")
            while chunk := content.read(CHUNK):
                if time.monotonic() > deadline:
                    raise StorageAway("it answers too slowly")
                hashed.update(chunk)
                copy.write(chunk)
        if hashed.hexdigest() != digest_hex:
            logger.error("stored file is damaged", digest=digest_hex)
            raise FileDamaged(digest_hex)


class _InTime:
    """A file to be sent, within the time that one transfer may take."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._deadline = time.monotonic() + LONGEST_TRANSFER
        file.seek(0)

    def read(self, size: int = -1) -> bytes:
        if time.monotonic() > self._deadline:
            raise StorageAway("it takes too slowly")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _checksum(digest_hex: str) -> str:
    return base64.b64encode(bytes.fromhex(digest_hex)).decode()


def _place_or_nothing(name: str) -> str:
    try:
        return place_of(name)
    except ValueError:  # somebody else's object
        return ""


@contextmanager
def _failures_named() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if code in _NOT_THERE:
            raise NotThere(code) from error
        logger.error("file storage refuses", code=code, status=status)  # noqa: TRY400  its code says all
        if code in _FULL or status == _INSUFFICIENT_STORAGE:
            raise StorageFull(code) from error
        raise StorageAway(code) from error
    except BotoCoreError as error:
        logger.error("file storage is away", reason=type(error).__name__)  # noqa: TRY400  likewise
        raise StorageAway(type(error).__name__) from error
