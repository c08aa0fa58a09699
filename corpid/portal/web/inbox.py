"""The inbox: what waits for me, and what happened."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from authentication.web.doors import PersonRequest, person_required
from corpid.notices.services.mark_read import mark_read
from corpid.portal.services.show_inbox import show_inbox


@require_safe
@person_required
def inbox(request: PersonRequest) -> HttpResponse:
    """Show the chosen company's notices and the person's own, or those of all companies."""
    shows_all = request.acting is None or request.GET.get("company") == "all"
    found = show_inbox(
        person=request.person,
        company=None if request.acting is None or shows_all else request.acting.company,
        language=get_language() or "en",
    )
    return render(request, "portal/inbox.html", {"inbox": found, "shows_all": shows_all})


@require_POST
@person_required
def inbox_read(request: PersonRequest) -> HttpResponse:
    mark_read(person_id=request.person.id, at=timezone.now())
    return HttpResponseRedirect(reverse("inbox"))
