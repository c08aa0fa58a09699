"""Where a stamp's QR code leads: what we know of our document, not of the paper in hand."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from signatures.models import SignatureRequest
from signatures.services.count_approvals import count_approvals
from signatures.services.find_document_by_code import find_document_by_code
from signatures.services.word_date import word_date


@require_safe
def document(request: HttpRequest, code: str) -> HttpResponse:
    """Show date, company, signers, pages and file code; never the title or the pages.

    Those the owner must choose to show.
    """
    found = find_document_by_code(code=code)
    language = get_language() or "en"
    standing = count_approvals(request=found.request, at=timezone.now())
    is_signed = found.request.state == SignatureRequest.State.COMPLETE
    context = {
        "document": found,
        "company": found.request.company.name_in(language),
        "ubi": found.request.company.ubi,
        "is_signed": is_signed,
        "state": SignatureRequest.State(found.request.state).label,
        "signed_on": word_date(found.signed_at),
        "signers": [vote.person.name_in(language) for vote in standing.votes],
    }
    return render(request, "signatures/document.html", context)
