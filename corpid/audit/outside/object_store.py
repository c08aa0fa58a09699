"""A bucket of any S3-compatible store, with object lock: nobody deletes what it holds.

An object a checkpoint, named by size and digest, so that two of one size stand side by side;
kept in compliance mode until its retention ends, which not even the bucket's owner shortens.
Notes are read from every version, those behind a delete marker too.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from corpid.audit.outside.place import PlaceNotAvailable

# An audit log that waits for a store that hangs is late everywhere; the next run asks again.
_PATIENCE = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})


class ObjectStorePlace:
    """Credentials are those of the environment (AWS_ACCESS_KEY_ID … or a role)."""

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str,
        endpoint: str | None,
        region: str,
        keep_for: timedelta,
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._keep_for = keep_for
        self._client: Any = boto3.client(
            "s3", endpoint_url=endpoint, region_name=region, config=_PATIENCE
        )

    @property
    def name(self) -> str:
        return f"s3://{self._bucket}/{self._prefix}"

    def append(self, note: str, *, signed_at: datetime) -> None:
        content = note.encode()
        digest = hashlib.sha256(content).hexdigest()[:16]
        size = note.split("\n", 2)[1]
        moment = signed_at.astimezone(UTC)
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=f"{self._prefix}{moment:%Y/%m/%d}/{int(size):020}-{digest}",
                Body=content,
                ContentType="text/plain; charset=utf-8",
                ChecksumAlgorithm="SHA256",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=moment + self._keep_for,
            )
        except (BotoCoreError, ClientError) as error:
            raise PlaceNotAvailable(_reason(error)) from error

    def notes(self) -> Iterator[str]:
        pages = self._client.get_paginator("list_object_versions")
        try:
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for version in page.get("Versions", []):
                    found = self._client.get_object(
                        Bucket=self._bucket,
                        Key=version["Key"],
                        VersionId=version["VersionId"],
                    )
                    yield found["Body"].read().decode(errors="replace")
        except (BotoCoreError, ClientError) as error:
            raise PlaceNotAvailable(_reason(error)) from error


def _reason(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return type(error).__name__
