"""Public verification: a file comes in, plain words come out, evidence below."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from authentication.web.visitor import client_address
from corpid.errors import CorpIDError
from corpid.files.file_code import file_code
from signatures.models import Verification
from signatures.services.find_verification import find_verification
from signatures.services.limit_verifications import TooManyVerifications
from signatures.services.receive_upload import MOST_MEGABYTES
from signatures.services.submit_verification import submit_verification
from signatures.services.word_answer import QUESTIONS, word_answer
from signatures.services.word_finding import word_finding
from signatures.services.word_verdict import NOT_THE_CONTENT, word_verdict
from signatures.verification.verdict import Question

_TONES = {"green": "good", "amber": "warn", "red": "bad", "unreadable": "quiet"}
_LEVELS = {
    "green": gettext_lazy("Good"),
    "amber": gettext_lazy("Look closer"),
    "red": gettext_lazy("Do not rely on it"),
    "unreadable": gettext_lazy("Could not be judged"),
}


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Signed PDF"),
        help_text=format_lazy(
            gettext_lazy("At most {megabytes} MB. We delete it after an hour."),
            megabytes=MOST_MEGABYTES,
        ),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose a file.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            submitted = submit_verification(
                content=file,
                file_name=file.name,
                address=client_address(request),
                at=timezone.now(),
            )
        except TooManyVerifications:
            raise  # about the visitor, not about the file
        except CorpIDError as refused:
            form.add_error("file", f"{gettext(refused.title)} {gettext(refused.remedy)}")
        else:
            return HttpResponseRedirect(reverse("verification", args=[submitted.reference]))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "signatures/verify.html", {"form": form}, status=status)


@require_safe
def verification(request: HttpRequest, reference: str) -> HttpResponse:
    found = find_verification(reference=reference)
    context = {
        "found": found,
        "is_waiting": found.state == Verification.State.QUEUED,
        "has_failed": found.state == Verification.State.FAILED,
        "file_code": file_code(found.digest),
        "not_the_content": gettext(NOT_THE_CONTENT),
    }
    if found.verdict is not None:
        context |= _words(found.verdict)
    return render(request, "signatures/verification.html", context)


@require_safe
def verification_progress(_request: HttpRequest, reference: str) -> JsonResponse:
    found = find_verification(reference=reference)
    if found.state == Verification.State.QUEUED:
        return JsonResponse(
            {"done": 0, "total": 0, "message": gettext("Checking the file"), "next": None}
        )
    return JsonResponse({"next": reverse("verification", args=[reference])})


def _words(verdict: dict[str, Any]) -> dict[str, Any]:
    language = get_language() or "en"
    finding = verdict["facts"].get("finding")
    return {
        "sentence": word_verdict(verdict),
        "remedy": word_finding(finding=finding) if finding else "",
        "tone": _TONES[verdict["level"]],
        "level": _LEVELS[verdict["level"]],
        "page_count": verdict["page_count"],
        "signatures": [
            _signature(each, verdict["facts"], language) for each in verdict["signatures"]
        ],
        "filled": [
            filled
            for each in verdict["signatures"]
            for answer in each["answers"]
            for filled in answer["evidence"].get("filled", ())
        ],
        "time_stamps": [
            {"authority": each["authority"], "at": parse_datetime(each["at"])}
            for each in verdict["time_stamps"]
        ],
    }


def _signature(each: dict[str, Any], facts: dict[str, Any], language: str) -> dict[str, Any]:
    proven = parse_datetime(each["proven_at"]) if each["proven_at"] else None
    claimed = parse_datetime(each["claimed_at"]) if each["claimed_at"] else None
    return {
        "name": each["names"].get(language) or each["signer"] or each["field"],
        "company": each["company"],
        "ubi": each["ubi"],
        "is_seal": each["is_seal"],
        "tone": _TONES[each["level"]],
        "level": _LEVELS[each["level"]],
        "proven_at": proven,
        "claimed_at": claimed,
        "indication": " / ".join(
            part for part in (each["indication"], each["sub_indication"]) if part
        ),
        "format": each["format"],
        "is_recognised": each["is_recognised"],
        "answers": [
            {
                "question": gettext(QUESTIONS[Question(answer["question"])]),
                "sentence": word_answer(answer, facts=facts),
                "tone": _TONES[answer["level"]],
                "level": _LEVELS[answer["level"]],
            }
            for answer in each["answers"]
        ],
    }
