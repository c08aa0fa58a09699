"""The approval page: read, approve with both factors proven anew, decline, or not now."""

from datetime import datetime

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from authentication.web.doors import ActingRequest, acting_required
from authentication.web.step_up import ask_step_up, when_proven
from signatures.models import SignatureRequest
from signatures.services.approve_signature import approve_signature
from signatures.services.count_approvals import Standing
from signatures.services.decline_request import decline_request
from signatures.services.view_request import view_request
from signatures.web.sign import found_for, request_context


@require_http_methods(["GET", "HEAD", "POST"])
@acting_required
def sign_approve(request: ActingRequest, reference: str) -> HttpResponse:
    """Show what would be signed; a POST goes on to prove both factors for that digest."""
    if request.method == "POST":
        found = found_for(request, reference)
        return ask_step_up(
            request,
            subject=found.subject,
            digest=request.POST.get("digest", ""),
            what=found.title,
        )
    view = view_request(reference=reference, acting=request.acting, at=timezone.now())
    context = {
        **request_context(view),
        "can_decide": view.can_decide,
        "has_voted": view.has_voted,
        "is_waiting": view.is_open,
        "consequence": consequence(view.request, view.standing),
    }
    return render(request, "signatures/approve.html", context)


@when_proven(SignatureRequest.SUBJECT)
def approve_when_proven(
    request: ActingRequest, *, subject: str, digest: str, at: datetime
) -> str:
    """Count the yes inside the POST that proved it."""
    found = found_for(request, subject.removeprefix(f"{SignatureRequest.SUBJECT}:"))
    approve_signature(request=found, person=request.person, digest=digest, at=at)
    return reverse("sign_request", args=[found.reference])


@require_POST
@acting_required
def sign_decline(request: ActingRequest, reference: str) -> HttpResponse:
    decline_request(
        request=found_for(request, reference),
        person=request.person,
        digest=request.POST.get("digest", ""),
        reason=request.POST.get("reason", "")[:500],
        at=timezone.now(),
    )
    return HttpResponseRedirect(reverse("sign_request", args=[reference]))


def consequence(found: SignatureRequest, standing: Standing) -> tuple[str, str]:
    """Say what an approval would do: the bold sentence, and the one after it."""
    still_needed = standing.progress.missing - 1
    if still_needed <= 0 and found.company.is_sole_proprietorship:
        return gettext("If you approve, you sign at once and this can't be undone here."), ""
    if still_needed <= 0:
        return (
            gettext(
                "If you approve, the signing is complete: the company's electronic seal "
                "goes on at once and this can't be undone here."
            ),
            "",
        )
    back = gettext("You can take your approval back until then.")
    if standing.counts_directors_only and still_needed == 1:
        return gettext("If you approve, one more director is still needed."), back
    return (
        ngettext(
            "If you approve, %(count)d more person is still needed.",
            "If you approve, %(count)d more persons are still needed.",
            still_needed,
        )
        % {"count": still_needed},
        back,
    )
