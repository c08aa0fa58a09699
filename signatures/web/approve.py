"""The approval page: read, approve with both factors proven anew, decline, or not now."""

from datetime import datetime
from typing import Any

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
from signatures.services.count_approvals import Standing, count_approvals
from signatures.services.decline_request import decline_request
from signatures.services.may_fill_a_place import may_fill_a_place
from signatures.web.sign import found_for, request_context


@require_http_methods(["GET", "HEAD", "POST"])
@acting_required
def sign_approve(request: ActingRequest, reference: str) -> HttpResponse:
    """Show what would be signed; a POST goes on to prove both factors for that digest."""
    found = found_for(request, reference)
    if request.method == "POST":
        return ask_step_up(
            request,
            subject=found.subject,
            digest=request.POST.get("digest", ""),
            what=found.title,
        )
    return render(request, "signatures/approve.html", _context(request, found))


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


def _context(request: ActingRequest, found: SignatureRequest) -> dict[str, Any]:
    now = timezone.now()
    standing = count_approvals(request=found, at=now)
    is_waiting = found.state == found.State.WAITING and now < found.expires_at
    has_voted = standing.vote_of(request.person) is not None
    is_mine = may_fill_a_place(request=found, person=request.person, at=now)
    return {
        **request_context(request, found, standing),
        "can_decide": is_waiting and is_mine and not has_voted,
        "has_voted": has_voted,
        "is_waiting": is_waiting,
        "consequence": consequence(found, standing),
    }


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
