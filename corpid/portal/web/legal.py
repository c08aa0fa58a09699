"""Privacy, terms, accessibility: each with the date of its present version."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

VERSIONS = {
    "privacy": date(2026, 11, 25),
    "terms": date(2026, 11, 25),
    "accessibility": date(2026, 11, 25),
}


@require_safe
def legal(request: HttpRequest, topic: str) -> HttpResponse:
    if topic not in VERSIONS:
        raise Http404(topic)
    return render(request, f"portal/legal/{topic}.html", {"version": VERSIONS[topic]})
