"""Mandates given and received, read as sentences."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from authentication.models import Mandate
from authentication.services.list_mandates import list_mandates
from authentication.web.doors import ActingRequest, acting_required


@dataclass(frozen=True, slots=True)
class Line:
    reference: str
    sentence: str
    powers: list[str]
    valid_from: datetime
    valid_until: datetime
    status: str
    tone: str


@require_safe
@acting_required
def mandates(request: ActingRequest) -> HttpResponse:
    now = timezone.now()
    found = list_mandates(person=request.person, company=request.acting.company, at=now)
    context = {
        "given": [_line(mandate, now) for mandate in found.given],
        "received": [_line(mandate, now) for mandate in found.received],
    }
    return render(request, "authentication/mandates.html", context)


def _line(mandate: Mandate, now: datetime) -> Line:
    language = get_language() or "en"
    status, tone = _status(mandate, now)
    return Line(
        reference=mandate.reference,
        sentence=_sentence(mandate, language),
        powers=sorted(power.name_in(language) for power in mandate.powers.all()),
        valid_from=mandate.valid_from,
        valid_until=mandate.valid_until,
        status=status,
        tone=tone,
    )


def _sentence(mandate: Mandate, language: str) -> str:
    words = {
        "principal": mandate.principal.name_in(language),
        "delegate": mandate.delegate_in(language),
    }
    passing = mandate.parent.delegate_company if mandate.parent else None
    if passing is not None:
        words["firm"] = passing.name_in(language)
        return gettext("%(firm)s lets %(delegate)s act for %(principal)s.") % words
    return gettext("%(principal)s lets %(delegate)s act for it.") % words


def _status(mandate: Mandate, now: datetime) -> tuple[str, str]:
    if mandate.status == Mandate.Status.ACTIVE and now >= mandate.valid_until:
        return gettext("past its end"), "quiet"
    tones = {
        Mandate.Status.ACTIVE: "good",
        Mandate.Status.ENDED: "quiet",
        Mandate.Status.PAUSED: "warn",
    }
    status = Mandate.Status(mandate.status)
    return str(status.label), tones.get(status, "")
