"""Step up: a fresh password and one-time code, for one company, one subject and one digest.

What is the person's own, and no company's, is asked by `ask_personal_step_up`.

A page that binds a company asks by `ask_step_up`. What the proof is for happens in the very
POST that brings it, by the step that the app registered for that kind of subject
(`when_proven`): no proof is kept for later, and no page that is only opened can use one up.
A step that refuses leaves no proof behind either; the one-time code stays used.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol

from django import forms
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from authentication.services.limit_tries import TooManyTries
from authentication.services.prove_again import ProofRefused, prove_again
from authentication.web.acting import PageRequest
from authentication.web.doors import (
    ActingRequest,
    PersonRequest,
    acting_required,
    person_required,
)
from authentication.web.sign_in import CodeField, wait_in_words
from authentication.web.visitor import visitor_of
from corpid.errors import Conflict, gettext_noop
from corpid.files.file_code import file_code

_ASKED = "step_up_asked"
_FIELDS = ("subject", "digest")  # the form says for which thing the page was drawn
_STEPS: dict[str, "Step"] = {}
_PERSONAL_STEPS: dict[str, "PersonalStep"] = {}


class Step(Protocol):
    """Do what was proven for, and give the path to go on to."""

    def __call__(
        self, request: ActingRequest, *, subject: str, digest: str, at: datetime
    ) -> str: ...


def when_proven(kind: str) -> Callable[[Step], Step]:
    """Register what happens once both factors are proven for a subject `kind:…`."""

    def register(step: Step) -> Step:
        _STEPS[kind] = step
        return step

    return register


class PersonalStep(Protocol):
    """The same for what is the person's own."""

    def __call__(
        self, request: PersonRequest, *, subject: str, digest: str, at: datetime
    ) -> str: ...


def when_person_proven(kind: str) -> Callable[[PersonalStep], PersonalStep]:
    """Register the same for a subject that is the person's own."""

    def register(step: PersonalStep) -> PersonalStep:
        _PERSONAL_STEPS[kind] = step
        return step

    return register


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
    request: ActingRequest, *, subject: str, digest: str, what: str
) -> HttpResponseRedirect:
    """Send the person to prove both factors; `what` names the thing in words.

    `subject` is as in the audit log (`signature-request:sig_…`), `digest` SHA-256 in hex.
    """
    request.session[_ASKED] = {
        "company": str(request.acting.company.id),
        "subject": subject,
        "digest": digest,
        "what": what,
    }
    return HttpResponseRedirect(reverse("step_up"))


def ask_personal_step_up(
    request: PersonRequest, *, subject: str, digest: str, what: str
) -> HttpResponseRedirect:
    """Ask for the same proof for what is the person's own, whichever company they act for."""
    request.session[_ASKED] = {
        "company": "",
        "subject": subject,
        "digest": digest,
        "what": what,
    }
    return HttpResponseRedirect(reverse("step_up"))


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "code")
@person_required
def step_up(request: PersonRequest) -> HttpResponseBase:
    asked = request.session.get(_ASKED)
    if asked is None or asked["company"]:
        return _step_up_for_company(request)
    step = _PERSONAL_STEPS[_kind_of(asked)]
    return _prove(request, asked, partial(step, request))


@acting_required
def _step_up_for_company(request: ActingRequest) -> HttpResponse:
    asked = request.session.get(_ASKED)
    if asked is None or asked["company"] != str(request.acting.company.id):
        raise NothingToProve
    step = _STEPS[_kind_of(asked)]
    return _prove(request, asked, partial(step, request))


def _kind_of(asked: dict[str, Any]) -> str:
    return str(asked["subject"]).partition(":")[0]


def _prove(
    request: PersonRequest, asked: dict[str, Any], step: Callable[..., str]
) -> HttpResponse:
    is_drawn_for_it = all(request.POST.get(name) == asked[name] for name in _FIELDS)
    if request.method == "POST" and not is_drawn_for_it:
        raise NothingToProve  # another tab has asked for something else since
    form = ProofForm(request.POST or None)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return _page(request, form, asked, status)
    now = timezone.now()
    try:
        onward = prove_again(
            account=request.user,
            **form.cleaned_data,
            subject=asked["subject"],
            digest=asked["digest"],
            visitor=visitor_of(request, email=request.user.email),
            at=now,
            step=lambda: step(subject=asked["subject"], digest=asked["digest"], at=now),
        )
    except ProofRefused as refused:
        form.add_error(None, f"{gettext(refused.title)} {gettext(refused.remedy)}")
        return _page(request, form, asked, HTTPStatus.UNPROCESSABLE_ENTITY)
    except TooManyTries as slowed:
        form.add_error(None, wait_in_words(slowed))
        return _page(request, form, asked, HTTPStatus.TOO_MANY_REQUESTS)
    del request.session[_ASKED]
    return HttpResponseRedirect(onward)


def _page(
    request: PageRequest, form: ProofForm, asked: dict[str, Any], status: HTTPStatus
) -> HttpResponse:
    context = {"form": form, **asked, "file_code": file_code(asked["digest"])}
    return render(request, "authentication/step_up.html", context, status=status)
