"""Django's registration of the app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "corpid.notices"
    label = "notices"
    # Those that this app's doors ask for, in the words of the consent screen.
    oauth_scopes = {"events": _("be told what happens to its own requests")}

    def ready(self) -> None:
        import_module(
            "corpid.notices.tasks"
        )  # kinds of jobs are known where they are asked for
