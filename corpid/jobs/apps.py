"""Django's registration of the app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "corpid.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Learn the kinds of work in every process: those that ask for work need them too."""
        autodiscover_modules("tasks")
