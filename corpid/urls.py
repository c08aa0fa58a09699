"""Every door of the house: each app lists its own pages and machine doors."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from corpid.failures import problem
from corpid.portal.web.log_search import log_search

handler400 = "corpid.failures.bad_request"
handler403 = "corpid.failures.permission_denied"
handler404 = "corpid.failures.page_not_found"
handler500 = "corpid.failures.server_error"

urlpatterns = [
    path("admin/audit/", admin.site.admin_view(log_search), name="log_search"),
    path("admin/", admin.site.urls),
    path("problems/<slug:code>", problem, name="problem"),
    path("", include("corpid.portal.web.urls")),
    path("", include("corpid.portal.api.urls")),
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
if settings.SANDBOX:
    urlpatterns.append(path("", include("corpid.demonstration.web.urls")))
    urlpatterns.append(path("", include("corpid.demonstration.api.urls")))
