"""Django's registration of the app."""

from django.apps import AppConfig


class SignaturesConfig(AppConfig):
    name = "signatures"
    label = "signatures"
