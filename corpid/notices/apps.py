"""Django's registration of the app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from corpid.meters.expiring import oldest_due, register_expiring


class NoticesConfig(AppConfig):
    name = "corpid.notices"
    label = "notices"
    # Those that this app's doors ask for, in the words of the consent screen.
    oauth_scopes = {"events": _("be told what happens to its own requests")}

    def ready(self) -> None:
        _register_expiring()
        import_module(
            "corpid.notices.tasks"
        )  # kinds of jobs are known where they are asked for


def _register_expiring() -> None:
    from corpid.notices.models import ServiceEvent, WebhookSecret  # noqa: PLC0415  models load after apps
    from corpid.notices.services.forget_events import KEPT_FOR  # noqa: PLC0415  as above

    register_expiring(
        "events",  # with their deliveries and attempts
        lambda at: oldest_due(ServiceEvent.objects, "occurred_at", at=at, kept_for=KEPT_FOR),
    )
    register_expiring(
        "webhook_secrets", lambda at: oldest_due(WebhookSecret.objects, "ends_at", at=at)
    )
