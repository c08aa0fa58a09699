"""Who may be played in the sandbox, with passwords and the present one-time codes."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from corpid.demonstration.services.list_accounts import list_accounts


@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    context = {
        "sandbox": list_accounts(at=timezone.now()),
        "examples": settings.EXAMPLES,
    }
    return render(request, "demonstration/accounts.html", context)
