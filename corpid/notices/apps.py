"""Django's registration of the app."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "corpid.notices"
    label = "notices"
