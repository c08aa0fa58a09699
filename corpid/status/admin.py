"""The caseworker's view of status lists: how full, when last published."""

from django.contrib import admin

from corpid.reading_room import ReadOnlyAdmin
from corpid.status.models import StatusEntry, StatusList, StatusListVersion


@admin.register(StatusList)
class StatusListAdmin(ReadOnlyAdmin[StatusList]):
    list_display = ["id", "owner", "expiry_year", "taken", "changed_at", "closed_at"]
    list_filter = ["expiry_year"]
    search_fields = ["=id", "owner__startswith"]
    exclude = ["wrapped_permutation_key", "closed_content"]


@admin.register(StatusEntry)
class StatusEntryAdmin(ReadOnlyAdmin[StatusEntry]):
    list_display = ["status_list", "index", "status", "changed_at"]
    list_select_related = ["status_list"]
    list_filter = ["status"]
    search_fields = ["=status_list__id"]


@admin.register(StatusListVersion)
class StatusListVersionAdmin(ReadOnlyAdmin[StatusListVersion]):
    list_display = ["status_list", "issued_at", "expires_at", "ttl_seconds"]
    list_select_related = ["status_list"]
    search_fields = ["=status_list__id"]
    exclude = ["token", "gzipped", "content_sha256"]
