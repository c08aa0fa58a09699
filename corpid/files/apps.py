"""Django's registration of the app."""

from django.apps import AppConfig

from corpid.meters.expiring import oldest_due, register_expiring


class FilesConfig(AppConfig):
    name = "corpid.files"
    label = "files"

    def ready(self) -> None:
        from corpid.files.models import Orphan, StoredFile  # noqa: PLC0415  models load after apps
        from corpid.files.services.sweep_orphans import ORPHANED_FOR  # noqa: PLC0415  as above

        register_expiring(
            "files", lambda at: oldest_due(StoredFile.objects, "keep_until", at=at)
        )
        register_expiring(
            "orphaned_files",
            lambda at: oldest_due(Orphan.objects, "found_at", at=at, kept_for=ORPHANED_FOR),
        )
