"""Machine doors of this app."""

from django.urls import URLPattern, URLResolver, path

from corpid.notices.api.events import Events
from corpid.notices.api.webhook_deliveries import (
    WebhookDeliveries,
    WebhookDeliveryById,
    WebhookDeliveryReplay,
    WebhookEndpointReplay,
    WebhookEndpointTest,
)
from corpid.notices.api.webhook_endpoints import (
    WebhookEndpointById,
    WebhookEndpointRotate,
    WebhookEndpoints,
)

_ENDPOINT = "api/v1/webhook-endpoints/<str:endpoint_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/events", Events.as_view()),
    path("api/v1/webhook-endpoints", WebhookEndpoints.as_view()),
    path(_ENDPOINT, WebhookEndpointById.as_view()),
    path(f"{_ENDPOINT}/rotate", WebhookEndpointRotate.as_view()),
    path(f"{_ENDPOINT}/test", WebhookEndpointTest.as_view()),
    path(f"{_ENDPOINT}/replay", WebhookEndpointReplay.as_view()),
    path(f"{_ENDPOINT}/deliveries", WebhookDeliveries.as_view()),
    path(f"{_ENDPOINT}/deliveries/<str:reference>", WebhookDeliveryById.as_view()),
    path(f"{_ENDPOINT}/deliveries/<str:reference>/replay", WebhookDeliveryReplay.as_view()),
]
