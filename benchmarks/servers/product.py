"""The product with one more view under its API, which does nothing."""

from corpid.wsgi import application  # isort: skip  sets Django up for the rest

from django.http import HttpRequest, HttpResponse
from django.urls import path

from corpid.urls import urlpatterns

__all__ = ["application"]


def empty(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


urlpatterns.append(path("api/v1/empty", empty))
