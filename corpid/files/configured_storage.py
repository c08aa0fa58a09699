"""The storage that the settings name: a folder, or a bucket by its address.

s3://bucket/prefix?endpoint=https://…&region=…
"""

import os
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from corpid.files.local_storage import LocalStorage
from corpid.files.storage import Storage


class NoSuchKindOfStorage(ValueError):
    """The address is of no kind that is known."""


def configured_storage() -> Storage:
    """Find what settings.FILES_STORE names. Raises NoSuchKindOfStorage."""
    if not settings.FILES_STORE:
        return LocalStorage(settings.FILES_DIR)
    return _bucket(
        settings.FILES_STORE, settings.FILES_DIR, settings.FILES_RESERVE_BYTES, os.getpid()
    )


@lru_cache(maxsize=4)
def _bucket(address: str, room: Path, reserve: int, _process: int) -> Storage:
    """Make one client for each process: connections must not be shared across a fork."""
    parts = urlsplit(address)
    if parts.scheme != "s3" or not parts.netloc:
        raise NoSuchKindOfStorage(address)
    # boto3 is slow to import and large: only where a bucket is configured.
    from corpid.files.object_storage import ObjectStorage  # noqa: PLC0415

    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return ObjectStorage(
        bucket=parts.netloc,
        prefix=parts.path,
        endpoint=asked.get("endpoint"),
        region=asked.get("region", "us-east-1"),
        room=room,
        reserve=reserve,
    )
