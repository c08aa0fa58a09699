"""Django's registration of the app."""

from datetime import datetime

from django.apps import AppConfig

from corpid.operations.preparation import register_preparation


class DemonstrationConfig(AppConfig):
    name = "corpid.demonstration"
    label = "demonstration"

    def ready(self) -> None:
        register_preparation("demonstration", _seed)


def _seed(at: datetime) -> None:
    from corpid.demonstration.services.seed import seed  # noqa: PLC0415  models load after apps

    seed(at=at)
