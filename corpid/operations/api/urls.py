"""Machine doors of this app."""

from django.urls import URLPattern, URLResolver, path

from corpid.operations.api import health, metrics
from corpid.operations.api.outages import OutageKeys, Outages

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("servez", health.servez, name="servez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("api/v1/outages", Outages.as_view()),
    path("api/v1/outages/keys", OutageKeys.as_view()),
]
