"""Step up: a fresh password and one-time code, for one company, one subject and one digest.

A page that binds a company asks by `ask_step_up` and, when the person comes back, takes the
answer by `take_step_up`: within five minutes, once, for exactly that subject, digest and
company.
A page that has the two fields itself calls `services/prove_again` instead.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from authentication.services.limit_tries import TooManyTries
from authentication.services.prove_again import ProofRefused, prove_again
from authentication.web.acting import PageRequest
from authentication.web.doors import ActingRequest, acting_required
from authentication.web.sign_in import CodeField, wait_in_words
from authentication.web.visitor import visitor_of
from corpid.errors import Conflict, gettext_noop

FRESH_FOR = timedelta(minutes=5)
_ASKED = "step_up_asked"
_PROVEN = "step_up_proven"


class NothingToProve(Conflict):
    code = "nothing_to_prove"
    title = gettext_noop("There is nothing to confirm any more.")
    remedy = gettext_noop("Go back to the document or form and begin the step again.")


class ProofForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=1024,
        strip=False,
        error_messages={"required": gettext_lazy("Enter your password.")},
    )
    code = CodeField(
        label=gettext_lazy("One-time code"),
        help_text=gettext_lazy("A new one: the code you signed in with does not work again."),
        max_length=12,
        error_messages={"required": gettext_lazy("Enter the one-time code.")},
    )


def ask_step_up(
    request: ActingRequest, *, subject: str, digest: str, what: str, then: str
) -> HttpResponseRedirect:
    """Send the person to prove both factors; `what` names the thing, `then` is a path of ours.

    `subject` is as in the audit log (`signature-request:sig_…`), `digest` SHA-256 in hex.
    """
    request.session[_ASKED] = {
        "company": str(request.acting.company.id),
        "subject": subject,
        "digest": digest,
        "what": what,
        "then": then,
    }
    return HttpResponseRedirect(reverse("step_up"))


def take_step_up(request: ActingRequest, *, subject: str, digest: str, at: datetime) -> bool:
    """Say whether both factors were proven just now for this; a yes counts once.

    The digest is not enough: two requests may hold the same document on other terms.
    """
    proven = request.session.get(_PROVEN)
    asked = {"company": str(request.acting.company.id), "subject": subject, "digest": digest}
    if proven is None or any(proven.get(name) != value for name, value in asked.items()):
        return False
    del request.session[_PROVEN]
    return at - datetime.fromisoformat(proven["at"]) <= FRESH_FOR


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "code")
@acting_required
def step_up(request: ActingRequest) -> HttpResponse:
    asked = request.session.get(_ASKED)
    if asked is None or asked["company"] != str(request.acting.company.id):
        raise NothingToProve
    form = ProofForm(request.POST or None)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return _page(request, form, asked, status)
    now = timezone.now()
    try:
        prove_again(
            account=request.user,
            **form.cleaned_data,
            subject=asked["subject"],
            digest=asked["digest"],
            visitor=visitor_of(request, email=request.user.email),
            at=now,
        )
    except ProofRefused as refused:
        form.add_error(None, f"{gettext(refused.title)} {gettext(refused.remedy)}")
        return _page(request, form, asked, HTTPStatus.UNPROCESSABLE_ENTITY)
    except TooManyTries as slowed:
        form.add_error(None, wait_in_words(slowed))
        return _page(request, form, asked, HTTPStatus.TOO_MANY_REQUESTS)
    del request.session[_ASKED]
    request.session[_PROVEN] = {
        "company": asked["company"],
        "subject": asked["subject"],
        "digest": asked["digest"],
        "at": now.isoformat(),
    }
    return HttpResponseRedirect(asked["then"])


def _page(
    request: PageRequest, form: ProofForm, asked: dict[str, Any], status: HTTPStatus
) -> HttpResponse:
    context = {"form": form, **asked, "file_code": file_code(asked["digest"])}
    return render(request, "authentication/step_up.html", context, status=status)


def file_code(digest: str) -> str:
    """Give the eight characters that people compare: `7F3A-19C2`."""
    short = digest[:8].upper()
    return f"{short[:4]}-{short[4:]}"
