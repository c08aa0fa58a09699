"""The start page: what Corp ID is; for a signed-in person, what waits for them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authentication.web.acting import PageRequest
from corpid.notices.models import Notice
from corpid.portal.web.inbox import entries

NEXT_TASKS = 3


@require_safe
def home(request: PageRequest) -> HttpResponse:
    if request.person is None:
        return render(request, "portal/welcome.html")
    waiting = Notice.objects.filter(person_id=request.person.id).waiting()
    context = {
        "tasks": entries(waiting.order_by("due_at", "-raised_at")[:NEXT_TASKS]),
        "waiting": waiting.count(),
    }
    return render(request, "portal/home.html", context)
