"""The caseworker's view of stored files: names and times, never the content."""

from django.contrib import admin

from corpid.files.models import StoredFile
from corpid.reading_room import ReadOnlyAdmin


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin[StoredFile]):
    list_display = ["digest_hex", "size", "media_type", "stored_at", "keep_until"]
    search_fields = ["=digest_hex"]
