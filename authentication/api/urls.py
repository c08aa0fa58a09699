"""Machine doors of this app."""

from django.urls import URLPattern, URLResolver, path

from authentication.api import discovery
from authentication.api.authority_checks import AuthorityChecks
from authentication.api.authority_reservations import (
    CapturedReservation,
    ReleasedReservation,
    Reservation,
    Reservations,
)
from authentication.api.companies import Companies, CompanyByUBI
from authentication.api.introspect import introspect
from authentication.api.pushed_requests import push
from authentication.api.revoke import revoke
from authentication.api.sandbox_e_services import SandboxEServices
from authentication.api.token import token
from authentication.api.userinfo import userinfo

urlpatterns: list[URLPattern | URLResolver] = [
    path(".well-known/openid-configuration", discovery.provider),
    path(".well-known/oauth-authorization-server", discovery.provider),
    path(".well-known/oauth-protected-resource/api/v1", discovery.resource),
    path(".well-known/jwks.json", discovery.keys),
    path("oauth/par", push),
    path("oauth/token", token),
    path("oauth/userinfo", userinfo),
    path("oauth/revoke", revoke),
    path("oauth/introspect", introspect),
    path("api/v1/authority/checks", AuthorityChecks.as_view()),
    path("api/v1/authority/reservations", Reservations.as_view()),
    path(
        "api/v1/authority/reservations/<str:reference>",
        Reservation.as_view(),
        name="authority_reservation",
    ),
    path(
        "api/v1/authority/reservations/<str:reference>/capture",
        CapturedReservation.as_view(),
    ),
    path(
        "api/v1/authority/reservations/<str:reference>/release",
        ReleasedReservation.as_view(),
    ),
    path("api/v1/companies", Companies.as_view()),
    path("api/v1/companies/<str:ubi>", CompanyByUBI.as_view()),
    path("api/v1/sandbox/e-services", SandboxEServices.as_view()),
]
