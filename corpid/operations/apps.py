"""Django's registration of the app."""

from importlib import import_module

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "corpid.operations"
    label = "operations"

    def ready(self) -> None:
        import_module("corpid.operations.heartbeats")  # listens to Celery's signal
