"""One form's path: collecting, ready, sent, filed; and the way back to the e-service."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from authentication.web.doors import ActingRequest, acting_required
from prefill.catalogue import CATALOGUE
from prefill.models import FieldRecord, PrefillRequest
from prefill.services.view_form import FormView, view_form
from prefill.web.status_words import field_words, form_words, source_name

_GO_BACK = {PrefillRequest.State.READY, PrefillRequest.State.PARTIAL}


@require_safe
@acting_required
def form(request: ActingRequest, reference: str) -> HttpResponse:
    language = get_language() or "en"
    view = view_form(reference=reference, acting=request.acting, at=timezone.now())
    shown = view.request
    e_service = shown.e_service.name_in(language)
    consent = getattr(shown, "consent", None)
    context = {
        "form_request": shown,
        "title": shown.template_version.template.title_in(language),
        "e_service": e_service,
        "status": form_words(shown, e_service),
        "is_fetching": shown.state == PrefillRequest.State.FETCHING,
        "is_waiting": shown.state in PrefillRequest.BEFORE_CONSENT,
        "is_filed": shown.outcome == PrefillRequest.Outcome.FILED,
        "may_go_back": shown.state in _GO_BACK or shown.state == PrefillRequest.State.REFUSED,
        "progress": view.progress,
        "progress_message": gettext(view.progress.message),
        "progress_path": reverse("form_progress", args=[reference]),
        "fields": [_row(record, language) for record in view.fields],
        "consent_path": reverse("consent", args=[consent.reference]) if consent else "",
    }
    return render(request, "prefill/form.html", context)


def _row(record: FieldRecord, language: str) -> dict[str, object]:
    item = CATALOGUE.get(record.item_key)
    return {
        "label": item.label_in(language) if item else record.item_key,
        "words": field_words(record.status, record.reason),
        "source": source_name(record.source, language),
        "retrieved_at": record.retrieved_at,
        "source_updated_at": record.source_updated_at,
    }


@require_safe
@acting_required
def form_progress(request: ActingRequest, reference: str) -> JsonResponse:
    """Answer the page's question, once a second; at the end, say where to go."""
    view: FormView = view_form(reference=reference, acting=request.acting, at=timezone.now())
    state = view.request.state
    following = ""
    if state in _GO_BACK:
        following = view.request.resume_uri
    elif state != PrefillRequest.State.FETCHING:
        following = reverse("form", args=[reference])
    return JsonResponse(
        {
            "done": view.progress.done,
            "total": view.progress.total,
            "message": gettext(view.progress.message),
            "next": following,
        }
    )
