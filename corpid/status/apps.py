"""Django's registration of the app."""

from datetime import datetime

from django.apps import AppConfig

from corpid.restores.endings import register_ending


class StatusConfig(AppConfig):
    name = "corpid.status"
    label = "status"

    def ready(self) -> None:
        register_ending("open status lists", _close_lists)


def _close_lists(at: datetime) -> int:
    from corpid.status.services.close_status_lists import (  # noqa: PLC0415  models load after apps
        close_status_lists,
    )

    return close_status_lists(at=at)
