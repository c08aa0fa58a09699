"""Django's registration of the app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from corpid.meters.expiring import oldest_due, register_expiring


class JobsConfig(AppConfig):
    name = "corpid.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Learn the kinds of work in every process: those that ask for work need them too."""
        _register_expiring()
        autodiscover_modules("tasks")


def _register_expiring() -> None:
    from corpid.jobs.models import Job  # noqa: PLC0415  models load after apps
    from corpid.jobs.services.purge_jobs import KEPT  # noqa: PLC0415  as above

    register_expiring(
        "jobs",
        lambda at: oldest_due(
            Job.objects.dealt_with(before=at), "ended_at", at=at, kept_for=KEPT
        ),
    )
