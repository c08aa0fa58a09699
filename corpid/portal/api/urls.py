"""Machine doors of this app."""

from django.urls import URLPattern, URLResolver, path

from corpid.portal.api.openapi import openapi

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/openapi.json", openapi, name="openapi"),
]
