"""Django admin as a reading room: caseworkers look here, and write through services only."""

from typing import Any, TypeVar
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

Row = TypeVar("Row", bound=Model)


class ReadingRoom(admin.AdminSite):
    """Admin for staff signed in with two factors; sign-in and sign-out are the portal's own."""

    site_title = gettext_lazy("Corp ID for caseworkers")
    site_header = gettext_lazy("Corp ID for caseworkers")
    index_title = gettext_lazy("Reading room")
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        is_verified: bool = request.user.is_authenticated and request.user.is_verified()  # type: ignore[attr-defined]  # django-otp adds it
        return is_verified and super().has_permission(request)

    def register(
        self,
        model_or_iterable: Any,
        admin_class: type[admin.ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Take reading lists only: django-otp's own shows the secrets of one-time codes."""
        if admin_class is not None and issubclass(admin_class, ReadOnlyAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def login(
        self, request: HttpRequest, _extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the one sign-in page; who is signed in and no caseworker may not enter."""
        if request.user.is_authenticated:
            raise PermissionDenied("not a caseworker with two factors")
        back = request.GET.get("next") or reverse("admin:index")
        return HttpResponseRedirect(f"{reverse('sign_in')}?{urlencode({'next': back})}")


class ReadOnlyAdmin(admin.ModelAdmin[Row]):
    """Lists and single records without a form; never counts a whole table."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Row | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, _obj: Row | None = None) -> bool:
        return request.user.is_staff  # the site has asked for both factors

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff
