"""Pages of this app, by step."""

from django.urls import URLPattern, URLResolver, path

from credentials.web.present import present
from credentials.web.wallet import card, wallet

urlpatterns: list[URLPattern | URLResolver] = [
    path("wallet", wallet, name="wallet"),
    path("wallet/present", present, name="present"),
    path("wallet/<str:credential_id>", card, name="card"),
]
