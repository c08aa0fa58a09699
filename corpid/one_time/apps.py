"""Django's registration of the app."""

from django.apps import AppConfig

from corpid.meters.expiring import oldest_due, register_expiring


class OneTimeConfig(AppConfig):
    name = "corpid.one_time"
    label = "one_time"

    def ready(self) -> None:
        _register_expiring()


def _register_expiring() -> None:
    from corpid.one_time.models import OneTimeToken  # noqa: PLC0415  models load after apps
    from corpid.one_time.services.purge_tokens import KEPT_FOR  # noqa: PLC0415  as above

    register_expiring(
        "one_time_tokens",
        lambda at: oldest_due(OneTimeToken.objects, "expires_at", at=at, kept_for=KEPT_FOR),
    )
