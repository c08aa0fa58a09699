"""Django's registration of the app."""

from datetime import datetime
from importlib import import_module

from django.apps import AppConfig

from corpid.operations.preparation import register_preparation


class OperationsConfig(AppConfig):
    name = "corpid.operations"
    label = "operations"

    def ready(self) -> None:
        import_module("corpid.operations.heartbeats")  # listens to Celery's signal
        register_preparation("memory of what was used once", _begin_epoch)
        register_preparation("key of outage notices", _establish_key)


def _begin_epoch(_at: datetime) -> None:
    """Begin the epoch before anybody calls: what is older than it is refused."""
    from corpid.one_time.epoch import current_epoch  # noqa: PLC0415  models load after apps

    current_epoch()


def _establish_key(at: datetime) -> None:
    """Make the key before anybody asks: a request that anyone may send makes none."""
    from corpid.keys.models import Algorithm, Purpose  # noqa: PLC0415  models load after apps
    from corpid.keys.services.ensure_key import ensure_key  # noqa: PLC0415  as above

    ensure_key(purpose=Purpose.OUTAGE, algorithm=Algorithm.ES256, at=at)
