"""Django's registration of the app."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
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
    from corpid.notices.models import (  # noqa: PLC0415  models load after apps
        BouncingAddress,
        Notice,
        NoticeMail,
        ServiceEvent,
        WebhookSecret,
    )
    from corpid.notices.services.forget_events import KEPT_FOR  # noqa: PLC0415  as above

    register_expiring(
        "events",  # with their deliveries and attempts
        lambda at: oldest_due(ServiceEvent.objects, "occurred_at", at=at, kept_for=KEPT_FOR),
    )
    register_expiring(
        "webhook_secrets", lambda at: oldest_due(WebhookSecret.objects, "ends_at", at=at)
    )
    register_expiring(
        "notices",
        lambda at: oldest_due(
            Notice.objects.over(before=at - settings.NOTICES_KEPT),
            "over_at",
            at=at,
            kept_for=settings.NOTICES_KEPT,
        ),
    )
    register_expiring(
        "notice_mails",
        lambda at: oldest_due(
            NoticeMail.objects, "ended_at", at=at, kept_for=settings.NOTICE_MAILS_KEPT
        ),
    )
    register_expiring(
        "bouncing_addresses",
        lambda at: oldest_due(
            BouncingAddress.objects, "bounced_at", at=at, kept_for=settings.NOTICE_MAILS_KEPT
        ),
    )
