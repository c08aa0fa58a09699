"""The caseworker's view of the log's checkpoints."""

from django.contrib import admin

from corpid.audit.models import Checkpoint, Follower
from corpid.reading_room import ReadOnlyAdmin


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin[Checkpoint]):
    list_display = ["size", "signed_at", "published_at"]
    ordering = ["-size"]
    fields = ["size", "note", "signed_at", "published_at"]


@admin.register(Follower)
class FollowerAdmin(ReadOnlyAdmin[Follower]):
    list_display = ["name", "size", "followed_at", "failing_since", "failure"]
    ordering = ["name"]
    fields = ["name", "size", "followed_at", "asked_at", "failing_since", "failure"]
