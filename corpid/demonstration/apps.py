"""Django's registration of the app."""

from django.apps import AppConfig


class DemonstrationConfig(AppConfig):
    name = "corpid.demonstration"
    label = "demonstration"
