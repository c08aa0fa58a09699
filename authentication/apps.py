"""Django's registration of the app."""

from datetime import datetime

from django.apps import AppConfig

from corpid.operations.preparation import register_preparation


class AuthenticationConfig(AppConfig):
    name = "authentication"
    label = "authentication"

    def ready(self) -> None:
        register_preparation("powers of Corp ID itself", _establish_catalogue)


def _establish_catalogue(_at: datetime) -> None:
    from authentication.powers import POWERS  # noqa: PLC0415  models load after apps
    from authentication.services.establish_catalogue import (  # noqa: PLC0415  as above
        establish_catalogue,
    )

    establish_catalogue(powers=POWERS)
