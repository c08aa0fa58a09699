"""What I am e-mailed, and the phrase by which I know that an e-mail is from Corp ID."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from authentication.web.doors import PersonRequest, person_required
from corpid.notices.catalogue import CATALOGUE
from corpid.notices.services.change_settings import (
    LONGEST_PHRASE,
    CheckPhraseUnfit,
    change_settings,
)
from corpid.portal.services.show_notice_settings import (
    NoticeSettingsPage,
    show_notice_settings,
)

_SWITCHABLE = [
    (kind.key, gettext_lazy(kind.subject)) for kind in CATALOGUE.values() if not kind.always_on
]


class NoticesForm(forms.Form):
    check_phrase = forms.CharField(
        label=gettext_lazy("Another phrase of your own"),
        help_text=gettext_lazy(
            "A few words that you will know again. Leave it empty to have the one that we drew."
        ),
        max_length=LONGEST_PHRASE,
        required=False,
    )
    mailed = forms.MultipleChoiceField(
        label=gettext_lazy("Send me an e-mail when"),
        help_text=gettext_lazy("The inbox shows everything, whatever you choose here."),
        choices=_SWITCHABLE,
        required=False,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@person_required
def notices(request: PersonRequest) -> HttpResponse:
    if request.method == "POST":
        return _change(request)
    shown = show_notice_settings(person=request.person, account=request.user)
    chosen = shown.choices
    form = NoticesForm(
        initial={
            "check_phrase": chosen.check_phrase if chosen.has_chosen_phrase else "",
            "mailed": [key for key, _ in _SWITCHABLE if key not in chosen.switched_off],
        }
    )
    return _page(request, form, shown, HTTPStatus.OK)


def _change(request: PersonRequest) -> HttpResponse:
    form = NoticesForm(request.POST)
    if form.is_valid() and _is_saved(request, form):
        messages.success(request, gettext("Your choices are saved."))
        return HttpResponseRedirect(reverse("notices"))
    shown = show_notice_settings(person=request.person, account=request.user)
    return _page(request, form, shown, HTTPStatus.UNPROCESSABLE_ENTITY)


def _is_saved(request: PersonRequest, form: NoticesForm) -> bool:
    try:
        change_settings(
            person_id=request.person.id,
            check_phrase=form.cleaned_data["check_phrase"],
            switched_off={key for key, _ in _SWITCHABLE} - set(form.cleaned_data["mailed"]),
            at=timezone.now(),
        )
    except CheckPhraseUnfit as error:
        form.add_error("check_phrase", gettext(error.title))
        return False
    return True


def _page(
    request: PersonRequest, form: NoticesForm, shown: NoticeSettingsPage, status: HTTPStatus
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "shown": shown,
        "always_on": [gettext(kind.subject) for kind in shown.always_on],
    }
    return render(request, "portal/notices.html", context, status=status)
