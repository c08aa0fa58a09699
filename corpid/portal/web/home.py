"""The start page: what Corp ID is; for a signed-in person, what waits for them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from authentication.web.acting import PageRequest
from corpid.portal.services.list_waiting import list_waiting


@require_safe
def home(request: PageRequest) -> HttpResponse:
    if request.person is None:
        return render(request, "portal/welcome.html")
    waiting = list_waiting(person=request.person, language=get_language() or "en")
    return render(request, "portal/home.html", {"waiting": waiting})
