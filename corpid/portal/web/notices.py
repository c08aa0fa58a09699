"""What I am e-mailed, whether it arrives, and the phrase that proves an e-mail to be ours."""

import hashlib
import hmac
import secrets
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from authentication.web.doors import PersonRequest, person_required
from authentication.web.step_up import NothingToProve, ask_personal_step_up, when_person_proven
from corpid.notices.catalogue import CATALOGUE
from corpid.notices.services.change_check_phrase import change_check_phrase
from corpid.notices.services.change_settings import change_settings
from corpid.notices.services.fit_check_phrase import (
    LONGEST_PHRASE,
    CheckPhraseUnfit,
    fit_check_phrase,
)
from corpid.notices.services.mend_address import mend_address
from corpid.portal.services.show_notice_settings import show_notice_settings

_SWITCHABLE = [
    (kind.key, gettext_lazy(kind.subject)) for kind in CATALOGUE.values() if not kind.always_on
]
_WISH = "wished_check_phrase"
_SUBJECT = "check-phrase"


class MailsForm(forms.Form):
    mailed = forms.MultipleChoiceField(
        label=gettext_lazy("Send me an e-mail when"),
        help_text=gettext_lazy("The inbox shows everything, whatever you choose here."),
        choices=_SWITCHABLE,
        required=False,
    )


class PhraseForm(forms.Form):
    check_phrase = forms.CharField(
        label=gettext_lazy("Another phrase of your own"),
        help_text=gettext_lazy(
            "A few words that you will know again. Leave it empty to have the one that we drew."
        ),
        max_length=LONGEST_PHRASE,
        required=False,
    )

    def clean_check_phrase(self) -> str:
        try:
            return fit_check_phrase(check_phrase=self.cleaned_data["check_phrase"])
        except CheckPhraseUnfit as error:
            raise forms.ValidationError(gettext(error.title)) from error


@require_http_methods(["GET", "HEAD", "POST"])
@person_required
def notices(request: PersonRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    form = MailsForm(request.POST)
    if not form.is_valid():
        return _page(request, mails=form)
    change_settings(
        person_id=request.person.id,
        switched_off={key for key, _ in _SWITCHABLE} - set(form.cleaned_data["mailed"]),
        at=timezone.now(),
    )
    messages.success(request, gettext("Your choices are saved."))
    return HttpResponseRedirect(reverse("notices"))


@require_POST
@person_required
@sensitive_post_parameters("check_phrase")
def notices_phrase(request: PersonRequest) -> HttpResponse:
    """Have both factors proven first: whoever chooses the phrase can pass for us."""
    form = PhraseForm(request.POST)
    if not form.is_valid():
        return _page(request, phrase=form)
    wish = {"phrase": form.cleaned_data["check_phrase"], "salt": secrets.token_hex(32)}
    request.session[_WISH] = wish
    return ask_personal_step_up(
        request,
        subject=f"{_SUBJECT}:{request.person.id}",
        digest=_digest(wish),
        what=gettext("A new check phrase: {phrase}").format(phrase=wish["phrase"])
        if wish["phrase"]
        else gettext("The check phrase that we drew for you"),
    )


@when_person_proven(_SUBJECT)
def change_phrase_when_proven(
    request: PersonRequest, *, subject: str, digest: str, at: datetime
) -> str:
    wish = request.session.pop(_WISH, None)
    is_mine = subject == f"{_SUBJECT}:{request.person.id}"
    if wish is None or not is_mine or not hmac.compare_digest(_digest(wish), digest):
        raise NothingToProve(subject)
    change_check_phrase(person_id=request.person.id, check_phrase=wish["phrase"], at=at)
    messages.success(request, gettext("Your check phrase is changed."))
    return reverse("notices")


@require_POST
@person_required
def notices_mend(request: PersonRequest) -> HttpResponse:
    mended = mend_address(
        person_id=request.person.id, address=request.user.email, at=timezone.now()
    )
    if mended:
        messages.success(request, gettext("An e-mail is on its way to you. See if it arrives."))
    return HttpResponseRedirect(reverse("notices"))


def _digest(wish: dict[str, str]) -> str:
    """Salted: the digest stays in the audit log, and phrases are easily guessed."""
    return hashlib.sha256(f"{wish['salt']}:{wish['phrase']}".encode()).hexdigest()


def _page(
    request: PersonRequest, *, mails: MailsForm | None = None, phrase: PhraseForm | None = None
) -> HttpResponse:
    shown = show_notice_settings(person=request.person, account=request.user)
    chosen = shown.choices
    context: dict[str, Any] = {
        "form": mails or phrase,  # the one that is refused: its errors stand at the top
        "mails": mails
        or MailsForm(
            initial={
                "mailed": [key for key, _ in _SWITCHABLE if key not in chosen.switched_off]
            }
        ),
        "phrase": phrase
        or PhraseForm(
            initial={"check_phrase": chosen.check_phrase if chosen.has_chosen_phrase else ""}
        ),
        "shown": shown,
        "always_on": [gettext(kind.subject) for kind in shown.always_on],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if mails or phrase else HTTPStatus.OK
    return render(request, "portal/notices.html", context, status=status)
