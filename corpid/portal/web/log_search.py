"""`/admin/audit/`: what happened, for caseworkers, with proofs. Each look is an event."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from corpid.audit.event_page import LoggedEvent, Position
from corpid.audit.services.search_events import TimeTooLong
from corpid.portal.services.name_actors import name_actors
from corpid.portal.services.search_log import NoSuchCompany, search_log
from corpid.portal.web.activity import read_position, written_position
from corpid.portal.web.days import BOUNDS, moments_between

SHOWN = 50
_TEMPLATE = "portal/log_search.html"


class Search(forms.Form):
    ubi = forms.RegexField(
        r"^[A-Za-z0-9]{8}\Z",
        required=False,
        max_length=8,
        label=_("Unique Business Identifier"),
        help_text=_("Leave it out to search one day of all companies."),
    )
    since = forms.DateField(required=False, label=_("First day"), validators=BOUNDS)
    until = forms.DateField(required=False, label=_("Last day"), validators=BOUNDS)
    kinds = forms.RegexField(
        r"^[a-z0-9_.]*\Z",
        required=False,
        max_length=80,
        label=_("Kind, or how it begins"),
        help_text=_("For example signatures. or authentication.token.issued"),
    )
    after = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def clean_ubi(self) -> str:
        return str(self.cleaned_data["ubi"]).upper()

    def clean_after(self) -> Position | None:
        return read_position(self.cleaned_data["after"])

    def asked(self) -> dict[str, Any]:
        """Give the service's arguments."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        if not self.cleaned_data["ubi"]:  # one day is enough to say; none means today
            until = until or since or timezone.localdate()
            since = since or until
        return {
            "ubi": self.cleaned_data["ubi"],
            **moments_between(since, until),
            "kinds": self.cleaned_data["kinds"],
            "after": self.cleaned_data["after"],
        }


@dataclass(frozen=True, slots=True)
class Line:
    recorded_at: datetime
    kind: str
    who: str
    actor: str
    subject: str
    facts: str
    place: int | None
    proof_path: str


def log_search(request: HttpRequest) -> HttpResponse:
    """Show what is found. The site lets caseworkers with two factors in, and nobody else."""
    context = {**admin.site.each_context(request), "title": gettext("Audit log")}
    form = Search(request.GET or None)
    caseworker_id = request.user.pk
    assert caseworker_id is not None  # noqa: S101  nobody else passes the site's door
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, _TEMPLATE, {**context, "form": form}, status=status)
    try:
        page = search_log(
            caseworker_id=caseworker_id,
            limit=SHOWN,
            at=timezone.now(),
            **form.asked(),
        )
    except (NoSuchCompany, TimeTooLong) as error:
        field = "ubi" if isinstance(error, NoSuchCompany) else "until"
        form.add_error(field, gettext(error.title))
        return render(request, _TEMPLATE, {**context, "form": form}, status=422)
    kept = {name: value for name, value in request.GET.items() if name != "after" and value}
    context |= {
        "form": form,
        "has_searched": True,
        "lines": _lines(page.events, get_language() or "en"),
        "next": page.next and urlencode({**kept, "after": written_position(page.next)}),
    }
    return render(request, _TEMPLATE, context)


def _lines(events: list[LoggedEvent], language: str) -> list[Line]:
    names = name_actors([each.event.actor for each in events], language=language)
    return [
        Line(
            recorded_at=each.event.recorded_at,
            kind=each.event.kind,
            who=names[each.event.actor],
            actor=each.event.actor,
            subject=each.event.subject,
            facts=json.dumps(each.event.facts, ensure_ascii=False, sort_keys=True),
            place=None if each.index is None else each.index + 1,
            proof_path=f"{reverse('inclusion_proof')}?{urlencode({'event': each.event.id})}",
        )
        for each in events
    ]
