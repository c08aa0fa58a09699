"""My own pages: what is held about me, and where I am signed in."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from authentication.models import Person
from authentication.services.end_sessions import end_sessions
from authentication.services.list_sessions import list_sessions
from authentication.web.browser_words import name_browser
from authentication.web.doors import PersonRequest, person_required
from authentication.web.session_limits import SESSION_ID


@require_safe
@person_required
def account(request: PersonRequest) -> HttpResponse:
    person = request.person
    context = {
        "person": person,
        "document": Person.DocumentKind(person.document_kind).label,
        "proof": Person.Proof(person.proof).label,
    }
    return render(request, "authentication/account.html", context)


@require_safe
@person_required
def security(request: PersonRequest) -> HttpResponse:
    found = list_sessions(account=request.user, at=timezone.now())
    here = UUID(request.session[SESSION_ID])
    context = {
        "sessions": [
            {
                "row": session,
                "name": name_browser(session.browser),
                "is_here": session.id == here,
            }
            for session in found.browsers
        ],
        "devices": found.devices,
    }
    return render(request, "authentication/security.html", context)


@require_POST
@person_required
def keep_session(request: PersonRequest) -> HttpResponse:  # noqa: ARG001  any request keeps it
    """Answer nothing: the use itself extends the sign-in (web/session_limits.py)."""
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_POST
@person_required
def end_session(request: PersonRequest, session_id: UUID) -> HttpResponse:
    if end_sessions(account=request.user, only=session_id, at=timezone.now()):
        messages.success(request, gettext("That browser is signed out."))
    return HttpResponseRedirect(reverse("security"))


@require_POST
@person_required
def end_other_sessions(request: PersonRequest) -> HttpResponse:
    here = UUID(request.session[SESSION_ID])
    ended = end_sessions(account=request.user, but=here, at=timezone.now())
    messages.success(
        request,
        ngettext(
            "%(number)d other browser is signed out.",
            "%(number)d other browsers are signed out.",
            ended,
        )
        % {"number": ended},
    )
    return HttpResponseRedirect(reverse("security"))
