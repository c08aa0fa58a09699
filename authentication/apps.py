"""Django's registration of the app."""

from django.apps import AppConfig


class AuthenticationConfig(AppConfig):
    name = "authentication"
    label = "authentication"
