"""Pages of this app, by step."""

from django.urls import URLPattern, URLResolver, path

from prefill.web.consents import consent, consent_receipt, consents, withdraw_consent
from prefill.web.forms import form, form_progress
from prefill.web.new_consent import new_consent

urlpatterns: list[URLPattern | URLResolver] = [
    path("consents/new", new_consent, name="new_consent"),
    path("consents", consents, name="consents"),
    path("consents/<str:reference>", consent, name="consent"),
    path("consents/<str:reference>/withdraw", withdraw_consent, name="withdraw_consent"),
    path("consents/<str:reference>/receipt", consent_receipt, name="consent_receipt"),
    path("forms/<str:reference>", form, name="form"),
    path("forms/<str:reference>/progress", form_progress, name="form_progress"),
]
