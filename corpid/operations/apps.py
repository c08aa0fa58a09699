"""Django's registration of the app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "corpid.operations"
    label = "operations"
