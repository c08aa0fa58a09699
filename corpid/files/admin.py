"""The caseworker's view of stored files: names and times, never the content."""

from django.contrib import admin

from corpid.files.models import Arrival, Holding, Orphan, StoredFile
from corpid.reading_room import ReadOnlyAdmin


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin[StoredFile]):
    list_display = ["digest_hex", "size", "media_type", "stored_at", "keep_until"]
    search_fields = ["=digest_hex"]


@admin.register(Holding)
class HoldingAdmin(ReadOnlyAdmin[Holding]):
    list_display = ["company_id", "e_service_id", "file_id", "since"]
    search_fields = ["=company_id", "=e_service_id", "=file__digest_hex"]


@admin.register(Arrival)
class ArrivalAdmin(ReadOnlyAdmin[Arrival]):
    list_display = ["digest_hex", "size", "company_id", "e_service_id", "since"]
    search_fields = ["=digest_hex", "=company_id"]


@admin.register(Orphan)
class OrphanAdmin(ReadOnlyAdmin[Orphan]):
    list_display = ["digest_hex", "size", "found_at"]
    search_fields = ["=digest_hex"]
