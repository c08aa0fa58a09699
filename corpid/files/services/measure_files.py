"""Measure what should be gone, for gauges and alarms."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from corpid.files.models import Orphan, StoredFile


@dataclass(frozen=True, slots=True)
class FileFigures:
    """Orphans count from when they were first seen; none if there is none.

    `overdue_since` is when the oldest file that is kept no longer should have gone.
    """

    orphans: int
    oldest_orphan: timedelta | None
    oldest_orphan_found_at: datetime | None
    overdue_since: datetime | None


def measure_files(*, at: datetime) -> FileFigures:
    found_at = Orphan.objects.aggregate(oldest=Min("found_at"))["oldest"]
    overdue = StoredFile.objects.no_longer_kept(at=at).aggregate(oldest=Min("keep_until"))
    return FileFigures(
        orphans=Orphan.objects.count(),
        oldest_orphan=at - found_at if found_at else None,
        oldest_orphan_found_at=found_at,
        overdue_since=overdue["oldest"],
    )
