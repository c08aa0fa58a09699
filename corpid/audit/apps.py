"""Django's registration of the app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "corpid.audit"
    label = "audit"
