"""Machine doors of this app."""

from django.urls import URLPattern, URLResolver, path

from prefill.api.consents import ConsentReceipt, ConsentRevoke, Consents, PrefillKeys
from prefill.api.data_items import DataItems
from prefill.api.prefill_requests import (
    PrefillOutcome,
    PrefillRequestById,
    PrefillRequests,
    PrefillResult,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/data-items", DataItems.as_view()),
    path("api/v1/prefill/jwks", PrefillKeys.as_view()),
    path("api/v1/prefill/requests", PrefillRequests.as_view()),
    path(
        "api/v1/prefill/requests/<str:reference>",
        PrefillRequestById.as_view(),
        name="prefill_request",
    ),
    path("api/v1/prefill/requests/<str:reference>/result", PrefillResult.as_view()),
    path("api/v1/prefill/requests/<str:reference>/outcome", PrefillOutcome.as_view()),
    path("api/v1/consents", Consents.as_view()),
    path("api/v1/consents/<str:reference>/receipt", ConsentReceipt.as_view()),
    path("api/v1/consents/<str:reference>/revoke", ConsentRevoke.as_view()),
]
