"""Django's registration of the app."""

from django.apps import AppConfig


class OneTimeConfig(AppConfig):
    name = "corpid.one_time"
    label = "one_time"
