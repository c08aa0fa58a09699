"""Pages of this app, by step."""

from django.urls import URLPattern, URLResolver, path

from signatures.web.approve import sign_approve, sign_decline
from signatures.web.document import document
from signatures.web.sign import (
    sign,
    sign_download,
    sign_new,
    sign_page,
    sign_progress,
    sign_request,
    sign_take_back,
    sign_withdraw,
)
from signatures.web.verify import verification, verification_progress, verify

_REQUEST = "sign/<str:reference>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign", sign, name="sign"),
    path("sign/new", sign_new, name="sign_new"),
    path(_REQUEST, sign_request, name="sign_request"),
    path(f"{_REQUEST}/progress", sign_progress, name="sign_progress"),
    path(f"{_REQUEST}/approve", sign_approve, name="sign_approve"),
    path(f"{_REQUEST}/decline", sign_decline, name="sign_decline"),
    path(f"{_REQUEST}/take-back", sign_take_back, name="sign_take_back"),
    path(f"{_REQUEST}/withdraw", sign_withdraw, name="sign_withdraw"),
    path(
        f"{_REQUEST}/documents/<int:number>/pages/<int:page>.png", sign_page, name="sign_page"
    ),
    path(f"{_REQUEST}/documents/<int:number>", sign_download, name="sign_download"),
    path("verify", verify, name="verify"),
    path("verify/<str:reference>", verification, name="verification"),
    path(
        "verify/<str:reference>/progress", verification_progress, name="verification_progress"
    ),
    path("d/<str:code>", document, name="document"),
]
