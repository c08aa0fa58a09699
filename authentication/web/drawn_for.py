"""Two tabs, two companies: a form goes through only for the company it was drawn for.

A page's form carries `drawn_for` (templates/components/drawn_for.html). If another tab has
switched meanwhile, nothing is done and both ways on are offered.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from authentication.models import Company
from authentication.services.find_company import CompanyNotFound, find_company
from authentication.web.acting import PageRequest
from corpid.business_identifier import NotABusinessIdentifier, parse_business_identifier


class DrawnForMiddleware:
    def __init__(self, get_response: Callable[[PageRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: PageRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: PageRequest,
        _view: object,
        _args: tuple[object, ...],
        _kwargs: dict[str, object],
    ) -> HttpResponse | None:
        if request.method != "POST":
            return None
        drawn_for = request.POST.get("drawn_for")
        if drawn_for is None or request.acting is None:
            return None  # without a company the page's own door sends to choose one
        if drawn_for == request.acting.company.ubi:
            return None
        return _switched(request, drawn_for)


def _switched(request: PageRequest, drawn_for: str) -> HttpResponse:
    now, before = request.acting, _before(request, drawn_for)
    assert now is not None  # noqa: S101  checked by the caller
    language = get_language() or "en"
    context = {
        "now": now.company.name_in(language),
        "before": before and before.name_in(language),
        "before_id": before and before.id,
        "back_to": request.path,
    }
    return render(request, "authentication/switched.html", context, status=HTTPStatus.CONFLICT)


def _before(request: PageRequest, ubi: str) -> Company | None:
    """Find the company the form was drawn for, if the person may still act for it."""
    assert request.person is not None  # noqa: S101  who acts for a company is signed in
    try:
        written = parse_business_identifier(ubi).text
        acting = find_company(person_id=request.person.id, ubi=written, at=timezone.now())
    except (NotABusinessIdentifier, CompanyNotFound):
        return None
    return acting.company
