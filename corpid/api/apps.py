"""Django's registration of the app."""

from django.apps import AppConfig

from corpid.meters.expiring import oldest_due, register_expiring


class ApiConfig(AppConfig):
    name = "corpid.api"
    label = "api"

    def ready(self) -> None:
        _register_expiring()


def _register_expiring() -> None:
    from corpid.api.models import IdempotentAnswer  # noqa: PLC0415  models load after apps
    from corpid.api.services.purge_answers import KEPT_FOR  # noqa: PLC0415  as above

    register_expiring(
        "idempotent_answers",
        lambda at: oldest_due(IdempotentAnswer.objects, "created_at", at=at, kept_for=KEPT_FOR),
    )
