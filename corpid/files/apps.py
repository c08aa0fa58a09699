"""Django's registration of the app."""

from django.apps import AppConfig

from corpid.meters.expiring import oldest_due, register_expiring


class FilesConfig(AppConfig):
    name = "corpid.files"
    label = "files"

    def ready(self) -> None:
        from corpid.files.models import (  # noqa: PLC0415  models load after apps
            NEW_FOR,
            Arrival,
            Orphan,
            StoredFile,
        )
        from corpid.files.services.sweep_orphans import ORPHANED_FOR  # noqa: PLC0415  as above

        register_expiring(
            "files", lambda at: oldest_due(StoredFile.objects, "keep_until", at=at)
        )
        register_expiring(
            "orphaned_files",
            lambda at: oldest_due(Orphan.objects, "found_at", at=at, kept_for=ORPHANED_FOR),
        )
        register_expiring(
            "arriving_files",
            lambda at: oldest_due(
                Arrival.objects, "since", at=at, kept_for=NEW_FOR + ORPHANED_FOR
            ),
        )
