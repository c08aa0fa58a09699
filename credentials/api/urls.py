"""Machine doors of this app."""

from django.urls import URLPattern, URLResolver, path

from credentials.api.credential_types import CredentialTypes, serve_type_metadata
from credentials.api.credentials import (
    CredentialById,
    Credentials,
    ResumeCredential,
    RevokeCredential,
    SuspendCredential,
)
from credentials.api.openid4vp_endpoints import receive_response, serve_request
from credentials.api.presentation_requests import (
    PresentationRequestById,
    PresentationRequests,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/credential-types", CredentialTypes.as_view()),
    path("api/v1/credentials", Credentials.as_view()),
    path("api/v1/credentials/<str:credential_id>", CredentialById.as_view(), name="credential"),
    path("api/v1/credentials/<str:credential_id>/suspend", SuspendCredential.as_view()),
    path("api/v1/credentials/<str:credential_id>/resume", ResumeCredential.as_view()),
    path("api/v1/credentials/<str:credential_id>/revoke", RevokeCredential.as_view()),
    path("api/v1/presentation-requests", PresentationRequests.as_view()),
    path(
        "api/v1/presentation-requests/<str:request_id>",
        PresentationRequestById.as_view(),
        name="presentation_request",
    ),
    path("credential-types/<slug:slug>", serve_type_metadata),
    path("openid4vp/requests/<str:request_id>", serve_request),
    path("openid4vp/responses/<str:request_id>", receive_response),
]
