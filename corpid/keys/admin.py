"""The caseworker's view of keys: which there are and in which state; nothing private."""

from django.contrib import admin

from corpid.keys.models import SigningKey
from corpid.reading_room import ReadOnlyAdmin


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin[SigningKey]):
    list_display = ["kid", "purpose", "scope_id", "algorithm", "state", "created_at"]
    list_filter = ["purpose", "state", "algorithm", "backend"]
    search_fields = ["=kid", "=scope_id"]
    fields = [
        *("id", "kid", "purpose", "scope_id", "algorithm", "backend", "state"),
        *("created_at", "activated_at", "retired_at", "published_until"),
        "suspended_at",
    ]
