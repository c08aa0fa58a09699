"""Who has our data: the list, one answer, withdrawing it, its receipt."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from authentication.web.doors import ActingRequest, acting_required
from prefill.models import Consent
from prefill.services.find_consent import ConsentNotFound
from prefill.services.list_consents import list_consents
from prefill.services.revoke_consent import revoke_consent
from prefill.services.view_consent import ConsentedItem, view_consent
from prefill.web.consent_words import keeping_words, who_keeps
from prefill.web.status_words import consent_status, field_words, source_name


@require_safe
@acting_required
def consents(request: ActingRequest) -> HttpResponse:
    now, language = timezone.now(), get_language() or "en"
    page = list_consents(acting=request.acting, at=now, older_than=_older_than(request))
    rows = [
        {
            "path": reverse("consent", args=[consent.reference]),
            "e_service": consent.e_service.name_in(language),
            "form": consent.request.template_version.template.title_in(language),
            "decided_at": consent.decided_at,
            "status": consent_status(consent, now),
        }
        for consent in page.consents
    ]
    context = {"rows": rows, "older_than": page.older_than}
    return render(request, "prefill/consents.html", context)


def _older_than(request: ActingRequest) -> UUID | None:
    try:
        return UUID(request.GET["older_than"]) if "older_than" in request.GET else None
    except ValueError as malformed:
        raise ConsentNotFound("older_than is no id") from malformed


@require_safe
@acting_required
def consent(request: ActingRequest, reference: str) -> HttpResponse:
    now, language = timezone.now(), get_language() or "en"
    view = view_consent(reference=reference, acting=request.acting, at=now)
    shown, version = view.consent, view.consent.request.template_version
    is_given = shown.decision == Consent.Decision.GIVEN
    context = {
        "consent": shown,
        "title": version.template.title_in(language),
        "e_service": shown.e_service.name_in(language),
        "purpose": version.purpose_in(language),
        "status": consent_status(shown, now),
        "who": shown.person.name_in(language),
        "keeping": keeping_words(version, who_keeps(shown.e_service), language),
        "items": [_row(item, language) for item in view.items],
        "releases": view.releases,
        "may_withdraw": is_given and shown.revoked_at is None,
        "withdraw_path": reverse("withdraw_consent", args=[shown.reference]),
        "receipt_path": reverse("consent_receipt", args=[shown.reference]) if is_given else "",
        "form_path": reverse("form", args=[shown.request.reference]),
    }
    return render(request, "prefill/consent.html", context)


def _row(item: ConsentedItem, language: str) -> dict[str, object]:
    record = item.record
    return {
        "label": item.definition.label_in(language) if item.definition else item.key,
        "is_granted": item.is_granted,
        "words": field_words(record.status, record.reason) if record else None,
        "source": source_name(record.source, language) if record else "",
        "retrieved_at": record.retrieved_at if record else None,
    }


@require_POST
@acting_required
def withdraw_consent(request: ActingRequest, reference: str) -> HttpResponse:
    revoke_consent(reference=reference, acting=request.acting, at=timezone.now())
    messages.success(request, gettext("You have withdrawn this consent."))
    return HttpResponseRedirect(reverse("consent", args=[reference]))


@require_safe
@acting_required
def consent_receipt(request: ActingRequest, reference: str) -> HttpResponse:
    view = view_consent(reference=reference, acting=request.acting, at=timezone.now())
    receipt = getattr(view.consent, "receipt", None)
    if receipt is None:
        raise ConsentNotFound("a refusal has no receipt")
    return HttpResponse(
        receipt.jws,
        content_type="application/jwt",
        headers={"Content-Disposition": f'attachment; filename="{view.consent.reference}.jwt"'},
    )
