"""Django's registration of the app."""

from django.apps import AppConfig


class PrefillConfig(AppConfig):
    name = "prefill"
    label = "prefill"
