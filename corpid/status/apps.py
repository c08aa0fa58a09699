"""Django's registration of the app."""

from django.apps import AppConfig


class StatusConfig(AppConfig):
    name = "corpid.status"
    label = "status"
