"""Machine doors of the sandbox; production does not have them."""

from django.urls import URLPattern, URLResolver, path

from corpid.demonstration.api.register_events import RegisterEvents

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/sandbox/register-events", RegisterEvents.as_view()),
]
