"""Django's registration of the app."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "corpid.files"
    label = "files"
