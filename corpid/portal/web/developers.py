"""Pages for integrators: the way to the first login, and the API reference."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from corpid.portal.openapi import openapi_document
from corpid.portal.reference import find_problem, read_reference


@require_safe
def developers(request: HttpRequest) -> HttpResponse:
    context = {"base_url": settings.BASE_URL, "is_sandbox": settings.SANDBOX}
    return render(request, "portal/developers.html", context)


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    groups = read_reference(openapi_document())
    context = {"groups": groups, "problem": find_problem(groups)}
    return render(request, "portal/reference.html", context)
