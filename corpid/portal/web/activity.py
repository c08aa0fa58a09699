"""The company's own part of the audit log: who acted, caseworkers too; and its export."""

import base64
import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from authentication.powers import VIEW_ACTIVITY
from authentication.services.check_power import check_power
from authentication.web.doors import ActingRequest, acting_required
from corpid.audit.event_page import LoggedEvent, Position
from corpid.audit.models import Event
from corpid.audit.services.export_company_events import ExportedEvent, export_company_events
from corpid.audit.services.list_company_events import list_company_events
from corpid.portal.activity_words import SUBJECTS, WORDS
from corpid.portal.services.name_actors import name_actors
from corpid.portal.web.days import BOUNDS, moments_between

SHOWN = 50
_COLUMNS = (
    *("id", "recorded_at", "kind", "actor", "subject", "facts", "commitments"),
    *("index", "leaf_hash", "proof"),
)
_POSITION = re.compile(r"[0-9]{1,17}_[0-9a-f-]{36}")
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Filter(forms.Form):
    since = forms.DateField(required=False, label=_("First day"), validators=BOUNDS)
    until = forms.DateField(required=False, label=_("Last day"), validators=BOUNDS)
    about = forms.ChoiceField(required=False, choices=SUBJECTS, label=_("About"))
    after = forms.CharField(required=False, max_length=60)

    def clean_after(self) -> Position | None:
        return read_position(self.cleaned_data["after"])

    def asked(self) -> dict[str, Any]:
        """Give the services' arguments."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        return {
            **moments_between(since, until),
            "kinds": self.cleaned_data.get("about", ""),
        }


@dataclass(frozen=True, slots=True)
class Line:
    recorded_at: datetime
    what: str
    who: str
    subject: str
    index: int | None
    proof_path: str


@acting_required
def activity(request: ActingRequest) -> HttpResponse:
    ours = request.acting.company
    check_power(person=request.person, company=ours, power=VIEW_ACTIVITY, at=timezone.now())
    chosen = Filter(request.GET)
    if not chosen.is_valid():
        return render(request, "portal/activity.html", {"form": chosen}, status=422)
    page = list_company_events(
        company_id=ours.id,
        after=chosen.cleaned_data["after"],
        limit=SHOWN,
        **chosen.asked(),
    )
    kept = {name: value for name, value in request.GET.items() if name != "after" and value}
    context = {
        "form": chosen,
        "lines": _lines(page.events, get_language() or "en"),
        "next": page.next and urlencode({**kept, "after": written_position(page.next)}),
        "kept": urlencode(kept),
    }
    return render(request, "portal/activity.html", context)


@acting_required
def export_activity(request: ActingRequest) -> HttpResponseBase:
    """Give the events as CSV or JSON, each with its proof, as they are read."""
    ours = request.acting.company
    check_power(person=request.person, company=ours, power=VIEW_ACTIVITY, at=timezone.now())
    chosen = Filter(request.GET)
    if not chosen.is_valid():
        return render(request, "portal/activity.html", {"form": chosen}, status=422)
    export = export_company_events(company_id=ours.id, **chosen.asked())
    if request.GET.get("format") == "csv":
        return _file(_csv(export.events), "text/csv; charset=utf-8", f"{ours.ubi}.csv")
    note = export.checkpoint.note if export.checkpoint else None
    return _file(_json(note, export.events), "application/json", f"{ours.ubi}.json")


def _lines(events: list[LoggedEvent], language: str) -> list[Line]:
    names = name_actors([each.event.actor for each in events], language=language)
    return [_line(each.event, each.index, names) for each in events]


def _line(event: Event, index: int | None, names: dict[str, str]) -> Line:
    word = WORDS.get(event.kind)
    return Line(
        recorded_at=event.recorded_at,
        what=str(word) if word else event.kind,
        who=names[event.actor],
        subject=event.subject,
        index=None if index is None else index + 1,
        proof_path=f"{reverse('inclusion_proof')}?{urlencode({'event': event.id})}",
    )


def read_position(text: str) -> Position | None:
    """Read what `written_position` wrote. Raises ValidationError."""
    if not text:
        return None
    no_page = forms.ValidationError(_("No such page."), code="no_page")
    if not _POSITION.fullmatch(text):
        raise no_page
    microseconds, _separator, event_id = text.partition("_")
    try:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(microseconds))
        return Position(moment, UUID(event_id))
    except (ValueError, OverflowError) as error:
        raise no_page from error


def written_position(position: Position) -> str:
    since_1970 = position.recorded_at - datetime.fromtimestamp(0, UTC)
    return f"{since_1970 // timedelta(microseconds=1)}_{position.event_id}"


def _file(parts: Iterator[str], content_type: str, name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        parts,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class _Echo:
    """What csv writes to: it hands back each line."""

    def write(self, line: str) -> str:
        return line


def _csv(events: Iterator[ExportedEvent]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(_COLUMNS)  # the mark tells spreadsheets that it is UTF-8
    for event in events:
        row = _row(event)
        yield writer.writerow([_harmless(row[name]) for name in _COLUMNS])


def _json(note: str | None, events: Iterator[ExportedEvent]) -> Iterator[str]:
    """Write one object, an event a line, without holding all of them."""
    yield f'{{"checkpoint": {json.dumps(note, ensure_ascii=False)},\n"events": ['
    before = "\n"
    for event in events:
        one = {
            "event": event.content,
            "index": event.index,
            "leaf_hash": _base64(event.leaf_hash),
            "proof": None if event.proof is None else [_base64(step) for step in event.proof],
        }
        yield before + json.dumps(one, ensure_ascii=False)
        before = ",\n"
    yield "\n]}\n"


def _row(event: ExportedEvent) -> dict[str, Any]:
    structured = {
        name: json.dumps(event.content[name], ensure_ascii=False)
        for name in ("facts", "commitments")
    }
    return {
        **event.content,
        **structured,
        "index": "" if event.index is None else event.index,
        "leaf_hash": _base64(event.leaf_hash),
        "proof": " ".join(_base64(step) for step in event.proof or []),
    }


def _harmless(cell: object) -> str:
    """Keep a spreadsheet from taking a text for a formula (reliability, rule 16)."""
    text = str(cell)
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
