"""Every door of the house: each app lists its own pages and machine doors."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("corpid.portal.web.urls")),
    path("", include("authentication.web.urls")),
    path("", include("authentication.api.urls")),
    path("", include("signatures.web.urls")),
    path("", include("signatures.api.urls")),
    path("", include("prefill.web.urls")),
    path("", include("prefill.api.urls")),
    path("", include("credentials.web.urls")),
    path("", include("credentials.api.urls")),
    path("", include("corpid.notices.api.urls")),
    path("", include("corpid.status.api.urls")),
    path("", include("corpid.operations.api.urls")),
    path("", include("corpid.audit.api.urls")),
]
