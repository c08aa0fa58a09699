"""Machine doors of this app."""

from django.urls import URLPattern, URLResolver, path

from corpid.status.api.serve_status_list import list_status_lists, serve_status_list

urlpatterns: list[URLPattern | URLResolver] = [
    path("status-lists", list_status_lists),
    path("status-lists/<str:list_id>", serve_status_list),
]
