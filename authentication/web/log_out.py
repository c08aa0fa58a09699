"""`/oauth/end-session`: an e-service wishes that the person signs out here too.

They are asked, always: whoever has an old ID token could sign people out otherwise. A POST from
an e-service's page comes without our cookie (SameSite), so it is sent on as a GET, which has no
effect; the answer to our own form is another address, held by CSRF like every form of ours.
"""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from authentication.oidc.oauth_errors import InvalidRequest
from authentication.oidc.parameters import read_pairs
from authentication.services.openid.open_log_out import (
    OpenedLogOut,
    SignOutLinkBroken,
    open_log_out,
)
from authentication.web.sign_out import end_here

_SEE_OTHER = 303
_READ = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def log_out(request: HttpRequest) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    parameters = _parameters(given.lists())
    opened = open_log_out(parameters=parameters, at=timezone.now())
    if request.method == "POST":
        return HttpResponseRedirect(
            f"{reverse('log_out')}?{urlencode(parameters)}", status=_SEE_OTHER
        )
    if not request.user.is_authenticated:
        return _leave(request, opened)
    context = {
        "e_service": _name(opened),
        "decision": f"{reverse('log_out_decision')}?{urlencode(parameters)}",
    }
    page = render(request, "authentication/log_out.html", context)
    if opened.origin is not None:
        page._csp_update = {"form-action": [opened.origin]}  # type: ignore[attr-defined]  # noqa: SLF001  as in pending_sign_ins
    return page


@require_POST
def log_out_decision(request: HttpRequest) -> HttpResponse:
    opened = open_log_out(parameters=_parameters(request.GET.lists()), at=timezone.now())
    if request.POST.get("decision") != "sign_out":
        return HttpResponseRedirect(reverse("home"), status=_SEE_OTHER)
    end_here(request)
    return _leave(request, opened)


def _parameters(lists: Iterable[tuple[str, list[str]]]) -> dict[str, str]:
    pairs = [(name, value) for name, values in lists for value in values if name in _READ]
    try:
        return dict(read_pairs(pairs))
    except InvalidRequest as error:
        raise SignOutLinkBroken(error.detail) from error


def _leave(request: HttpRequest, opened: OpenedLogOut) -> HttpResponse:
    if opened.address is not None:
        return HttpResponseRedirect(opened.address, status=_SEE_OTHER)
    return render(request, "authentication/logged_out.html")


def _name(opened: OpenedLogOut) -> str:
    return opened.e_service.name_in(get_language() or "en") if opened.e_service else ""
