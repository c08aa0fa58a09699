"""Django's registration of the app."""

from datetime import datetime

from django.apps import AppConfig

from corpid.meters.expiring import register_expiring


class FilesConfig(AppConfig):
    name = "corpid.files"
    label = "files"

    def ready(self) -> None:
        register_expiring("files", _overdue_since)
        register_expiring("orphaned_files", _orphans_due_since)


def _overdue_since(at: datetime) -> datetime | None:
    from corpid.files.services.measure_files import measure_files  # noqa: PLC0415  models load after apps

    return measure_files(at=at).overdue_since


def _orphans_due_since(at: datetime) -> datetime | None:
    from corpid.files.services.measure_files import measure_files  # noqa: PLC0415  as above
    from corpid.files.services.sweep_orphans import ORPHANED_FOR  # noqa: PLC0415  as above

    found_at = measure_files(at=at).oldest_orphan_found_at
    return found_at + ORPHANED_FOR if found_at else None
