"""The places that the settings name, by their addresses.

/mnt/auditor/checkpoints                       a folder
/mnt/auditor/checkpoints.jsonl                 a file of another owner
s3://bucket/prefix?endpoint=https://…&region=…&years=10
postgres://writer:password@host/database
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from corpid.audit.outside.database import DatabasePlace
from corpid.audit.outside.folder import FilePlace, FolderPlace
from corpid.audit.outside.place import OutsidePlace

_DAYS_A_YEAR = 365.25


class NoSuchKindOfPlace(ValueError):
    """The address is of no kind that is known."""


def outside_places() -> list[OutsidePlace]:
    return [
        FolderPlace(settings.AUDIT_CHECKPOINT_DIR),
        *(place_at(address) for address in settings.AUDIT_CHECKPOINT_PLACES),
    ]


def place_at(address: str) -> OutsidePlace:
    """Find the place at this address. Raises NoSuchKindOfPlace."""
    match urlsplit(address).scheme:
        case "s3":
            return _bucket(address)
        case "postgres" | "postgresql":
            return DatabasePlace(address)
        case "" if address.endswith(".jsonl"):
            return FilePlace(Path(address))
        case "":
            return FolderPlace(Path(address))
        case other:
            raise NoSuchKindOfPlace(other)


def _bucket(address: str) -> OutsidePlace:
    # boto3 takes a third of a second and 20 MB: only where a bucket is configured.
    from corpid.audit.outside.object_store import ObjectStorePlace  # noqa: PLC0415

    parts = urlsplit(address)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return ObjectStorePlace(
        bucket=parts.netloc,
        prefix=parts.path,
        endpoint=asked.get("endpoint"),
        region=asked.get("region", "us-east-1"),
        keep_for=timedelta(days=_DAYS_A_YEAR * float(asked.get("years", "10"))),
    )
