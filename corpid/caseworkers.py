"""Django's registration of the caseworkers' site: the admin, behind our own sign-in."""

from django.contrib.admin.apps import AdminConfig


class CaseworkersConfig(AdminConfig):
    default_site = "corpid.reading_room.ReadingRoom"
