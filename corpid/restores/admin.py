"""The caseworkers' door: when the database was brought back, for reading."""

from django.contrib import admin

from corpid.reading_room import ReadOnlyAdmin
from corpid.restores.models import Restoration


@admin.register(Restoration)
class RestorationAdmin(ReadOnlyAdmin[Restoration]):
    list_display = ["backup", "restored_to", "begun_by", "begun_at", "finished_at"]
