"""Requests for signature of the chosen company: list, prepare, follow, fetch."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django import forms
from django.http import (
    FileResponse,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authentication.joint_policy import read_policy
from authentication.models import Vote
from authentication.services.describe_rule import describe_rule
from authentication.web.doors import ActingRequest, acting_required
from corpid.errors import CorpIDError, NotAvailable
from corpid.files.holder import Holder
from corpid.files.services.measure_quota import measure_quota
from corpid.files.services.open_file import open_file
from corpid.rendering.pages import render_page
from signatures.models import Addressee, Document, DocumentClass, SignatureRequest
from signatures.services.examine_uploads import Upload
from signatures.services.find_document import find_document
from signatures.services.find_own_request import find_own_request
from signatures.services.list_requests import list_requests
from signatures.services.open_request import open_request
from signatures.services.receive_upload import MOST_MEGABYTES
from signatures.services.take_back_approval import take_back_approval
from signatures.services.view_request import RequestView, view_request
from signatures.services.withdraw_request import withdraw_request

PAGE_WIDTH = 1000  # pixels
MOST_PAGES_SHOWN = 40
_TONES = {
    SignatureRequest.State.COMPLETE: "good",
    SignatureRequest.State.WAITING: "warn",
    SignatureRequest.State.SEALING: "warn",
    SignatureRequest.State.DECLINED: "bad",
    SignatureRequest.State.CANNOT_BE_COMPLETED: "bad",
    SignatureRequest.State.FAILED: "bad",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One request as lists and pages show it."""

    reference: str
    title: str
    state: str
    tone: str
    asker: str
    created_at: datetime
    expires_at: datetime


def line_of(request: SignatureRequest) -> Line:
    language = get_language() or "en"
    return Line(
        reference=request.reference,
        title=request.title,
        state=str(SignatureRequest.State(request.state).label),
        tone=_TONES.get(SignatureRequest.State(request.state), "quiet"),
        asker=request.asker_names()[language],
        created_at=request.created_at,
        expires_at=request.expires_at,
    )


@require_safe
@acting_required
def sign(request: ActingRequest) -> HttpResponse:
    found = list_requests(
        company=request.acting.company, person=request.person, at=timezone.now()
    )
    return render(request, "signatures/sign.html", {"lines": [line_of(each) for each in found]})


class NewRequestForm(forms.Form):
    document = forms.FileField(
        label=gettext_lazy("Document"),
        help_text=format_lazy(
            gettext_lazy("One PDF of at most {megabytes} MB."), megabytes=MOST_MEGABYTES
        ),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose a PDF.")},
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        help_text=gettext_lazy("What signers and your own lists show."),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter a title.")},
    )
    document_class = forms.ChoiceField(
        label=gettext_lazy("Kind of document"),
        choices=DocumentClass.choices,
        initial=DocumentClass.GENERAL,
    )
    addressee = forms.ChoiceField(
        label=gettext_lazy("Who is it for?"),
        choices=Addressee.choices,
        initial=Addressee.PRIVATE,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@acting_required
def sign_new(request: ActingRequest) -> HttpResponse:
    form = NewRequestForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            opened = _open(request, form.cleaned_data)
        except NotAvailable:
            raise  # the document is not at fault, so that its field says nothing
        except CorpIDError as refused:
            field = "document_class" if refused.code == "document_class_blocked" else "document"
            form.add_error(field, f"{gettext(refused.title)} {gettext(refused.remedy)}")
        else:
            return HttpResponseRedirect(reverse("sign_request", args=[opened.reference]))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {
        "form": form,
        "quota": measure_quota(Holder(company_id=request.acting.company.id)),
    }
    return render(request, "signatures/sign_new.html", context, status=status)


def _open(request: ActingRequest, values: dict[str, Any]) -> SignatureRequest:
    return open_request(
        company=request.acting.company,
        uploads=[Upload(values["document"].name, values["document"])],
        title=values["title"],
        document_class=DocumentClass(values["document_class"]),
        addressee=Addressee(values["addressee"]),
        made_by=request.person,
        at=timezone.now(),
    )


def found_for(request: ActingRequest, reference: str) -> SignatureRequest:
    return find_own_request(reference=reference, acting=request.acting, at=timezone.now())


@require_safe
@acting_required
def sign_request(request: ActingRequest, reference: str) -> HttpResponse:
    view = view_request(reference=reference, acting=request.acting, at=timezone.now())
    found = view.request
    context = {
        **request_context(view),
        "may_approve": view.can_decide,
        "may_take_back": view.can_take_back,
        "is_waiting": found.state == found.State.WAITING,
        "is_sealing": found.state == found.State.SEALING,
        "is_complete": found.state == found.State.COMPLETE,
        "resume_uri": found.resume_uri if found.state == found.State.COMPLETE else "",
        "job": view.sealing,
    }
    return render(request, "signatures/sign_request.html", context)


def request_context(view: RequestView) -> dict[str, Any]:
    """Gather what every page of one request shows."""
    language, found = get_language() or "en", view.request
    assert found.approval is not None  # noqa: S101  by constraint
    return {
        "found": found,
        "line": line_of(found),
        "company": found.company.name_in(language),
        "rule": describe_rule(
            policy=read_policy(found.approval.rule), company=found.company, at=timezone.now()
        ),
        "standing": view.standing,
        "approvals": [_approval(vote, language) for vote in view.standing.votes],
        "documents": [_pages(document) for document in view.documents],
        "person": view.person,
    }


def _approval(vote: Vote, language: str) -> dict[str, Any]:
    return {"name": vote.person.name_in(language), "at": vote.cast_at}


def _pages(document: Document) -> dict[str, Any]:
    shown = min(document.page_count, MOST_PAGES_SHOWN)
    return {
        "document": document,
        "pages": range(1, shown + 1),
        "left_out": document.page_count - shown,
    }


@require_safe
@acting_required
def sign_progress(request: ActingRequest, reference: str) -> JsonResponse:
    """Tell the page's script how far it is, once a second."""
    view = view_request(reference=reference, acting=request.acting, at=timezone.now())
    if view.request.state != SignatureRequest.State.SEALING:
        return JsonResponse({"next": reverse("sign_request", args=[reference])})
    job = view.sealing
    return JsonResponse(
        {
            "done": job.progress_done if job else 0,
            "total": job.progress_total if job else 0,
            "message": gettext(job.progress_message or "Signing and sealing")
            if job
            else gettext("Signing and sealing"),
            "next": None,
        }
    )


@require_safe
@acting_required
def sign_page(
    request: ActingRequest, reference: str, number: int, page: int
) -> HttpResponseBase:
    """Show one page of what is (or was) to be signed, drawn behind the fence."""
    document = find_document(request=found_for(request, reference), number=number)
    with open_file(document.signed_digest or document.original_digest) as file:
        image = render_page(file, page, PAGE_WIDTH, page_count=document.page_count)
    response = HttpResponse(image, content_type="image/png")
    response["Cache-Control"] = "private, max-age=300"
    return response


@require_safe
@acting_required
def sign_download(request: ActingRequest, reference: str, number: int) -> HttpResponseBase:
    """Give the file out: signed, or else as it is to be signed; never as a page of ours."""
    document = find_document(request=found_for(request, reference), number=number)
    return FileResponse(
        open_file(document.signed_digest or document.original_digest),
        content_type="application/pdf",
        as_attachment=True,
        filename=document.file_name,
    )


@require_POST
@acting_required
def sign_withdraw(request: ActingRequest, reference: str) -> HttpResponse:
    found = found_for(request, reference)
    withdraw_request(request=found, person=request.person, at=timezone.now())
    return HttpResponseRedirect(reverse("sign_request", args=[reference]))


@require_POST
@acting_required
def sign_take_back(request: ActingRequest, reference: str) -> HttpResponse:
    found = found_for(request, reference)
    take_back_approval(request=found, person=request.person, at=timezone.now())
    return HttpResponseRedirect(reverse("sign_request", args=[reference]))
