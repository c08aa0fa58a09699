"""Help, by topic."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

TOPICS = ("signing-in", "acrobat", "paper")


@require_safe
def help_page(request: HttpRequest, topic: str = "") -> HttpResponse:
    if not topic:
        return render(request, "portal/help.html")
    if topic not in TOPICS:
        raise Http404(topic)
    return render(request, f"portal/help/{topic}.html")
