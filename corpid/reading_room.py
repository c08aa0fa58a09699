"""Django admin as a reading room: caseworkers look here, and write through services only."""

from typing import TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)


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
