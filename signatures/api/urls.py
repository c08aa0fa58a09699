"""Machine doors of this app."""

from django.urls import URLPattern, URLResolver, path

from signatures.api.pki import (
    authority_certificate,
    ocsp_responder,
    revocation_list,
    time_stamping,
)
from signatures.api.signature_requests import (
    SignatureRequestById,
    SignatureRequestDocument,
    SignatureRequests,
    SignatureRequestWithdraw,
)
from signatures.api.verifications import VerificationById, Verifications

_REQUEST = "api/v1/signature-requests/<str:reference>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/signature-requests", SignatureRequests.as_view()),
    path(_REQUEST, SignatureRequestById.as_view(), name="signature_request"),
    path(f"{_REQUEST}/withdraw", SignatureRequestWithdraw.as_view()),
    path(
        f"{_REQUEST}/documents/<int:number>",
        SignatureRequestDocument.as_view(),
        name="signature_request_document",
    ),
    path("api/v1/verifications", Verifications.as_view()),
    path(
        "api/v1/verifications/<str:reference>",
        VerificationById.as_view(),
        name="verification_by_id",
    ),
    path("pki/ocsp", ocsp_responder),
    path("pki/ocsp/<path:encoded>", ocsp_responder),
    path("pki/tsa", time_stamping),
    path("pki/crl/<str:shard>.crl", revocation_list),
    path("pki/ca/<str:name>.cer", authority_certificate),
]
