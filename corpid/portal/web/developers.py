"""The developers' start page: the way to the first login."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def developers(request: HttpRequest) -> HttpResponse:
    context = {"base_url": settings.BASE_URL, "is_sandbox": settings.SANDBOX}
    return render(request, "portal/developers.html", context)
