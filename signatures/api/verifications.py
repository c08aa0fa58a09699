"""`/api/v1/verifications`: what a signed PDF is worth, for anybody."""

import base64
import binascii
import re
import threading
import time
from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authentication.web.visitor import client_address
from corpid.api.parsers import StrictJSONParser
from corpid.api.serializers import StrictSerializer
from signatures.api.signature_requests import DocumentUnreadable
from signatures.models import Verification
from signatures.services.find_verification import find_verification
from signatures.services.submit_verification import submit_verification
from signatures.services.word_answer import word_answer
from signatures.services.word_verdict import word_verdict
from signatures.verification.verdict import Level

_TAGS = ["Verifying"]
_REFERENCE = "ver_6w1c4x8t0z3m5n7q1r2s4b9k2v"
_LEVELS = [level.value for level in Level]
LONGEST_WAIT = 10
MOST_WAITERS = 4  # in one process: a stranger who waits holds one of its threads
_WAITERS = threading.BoundedSemaphore(MOST_WAITERS)
POLL_SECONDS = 0.1


class VerificationBody(StrictSerializer):
    file_name = serializers.CharField(max_length=200, required=False, default="")
    content = serializers.CharField(
        allow_blank=True,  # nothing is a file of 0 bytes, and is told so
        help_text="The PDF in base64; larger files by multipart.",
    )


class MultipartVerification(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)


class QuestionAnswer(serializers.Serializer[Any]):
    question = serializers.IntegerField(
        min_value=1,
        max_value=4,
        help_text="1 unchanged, 2 certificate, 3 authority, 4 the company's rule.",
    )
    level = serializers.ChoiceField(_LEVELS)
    reason = serializers.CharField()
    sentence = serializers.CharField(help_text="In the language accepted.")
    evidence = serializers.DictField(help_text="What the answer rests on.")


class SignatureAnswer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Of the PDF.")
    level = serializers.ChoiceField(_LEVELS)
    reason = serializers.CharField()
    signer = serializers.CharField(help_text="As certified.")
    names = serializers.DictField(
        child=serializers.CharField(), help_text="The signer's name by language."
    )
    company = serializers.CharField()
    ubi = serializers.CharField(help_text="Empty where the certificate names none.")
    capacity = serializers.CharField()
    is_seal = serializers.BooleanField()
    is_recognised = serializers.BooleanField(help_text="A recognised certificate (Cap. 553).")
    claimed_at = serializers.CharField(help_text="ISO 8601, or empty.")
    proven_at = serializers.CharField(help_text="ISO 8601, or empty where no time is proven.")
    format = serializers.CharField(help_text="PAdES B-B, B-T, B-LT or B-LTA.")
    indication = serializers.CharField(help_text="EN 319 102-1, section 5.1.3.")
    sub_indication = serializers.CharField()
    answers = QuestionAnswer(many=True)


class TimeStampAnswer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Of the PDF.")
    at = serializers.CharField(help_text="ISO 8601.")
    authority = serializers.CharField()
    indication = serializers.CharField()


class VerificationLinks(serializers.Serializer[Any]):
    page = serializers.CharField(help_text="The verdict as a page for people.")


class VerificationAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(
        Verification.State.choices, help_text="`done` and `failed` are final."
    )
    sha256 = serializers.CharField()
    level = serializers.ChoiceField(
        _LEVELS, allow_null=True, help_text="Once it is done; so are all below."
    )
    reason = serializers.CharField(allow_null=True)
    sentence = serializers.CharField(allow_null=True, help_text="In the language accepted.")
    finding = serializers.CharField(
        allow_null=True, help_text="Why the file could not be read, as a code."
    )
    signatures = SignatureAnswer(many=True, allow_null=True)
    time_stamps = TimeStampAnswer(
        many=True, allow_null=True, help_text="Those of the document itself."
    )
    links = VerificationLinks()


_QUEUED = {
    "id": _REFERENCE,
    "status": "queued",
    "sha256": "7f3a19c2" + "0" * 56,
    "level": None,
    "reason": None,
    "sentence": None,
    "finding": None,
    "signatures": None,
    "time_stamps": None,
    "links": {"page": f"https://corpid.example/verify/{_REFERENCE}"},
}
_FAILED = _QUEUED | {"status": "failed"}
_DONE = _QUEUED | {
    "status": "done",
    "level": "red",
    "reason": "changed",
    "sentence": "Do not rely on this file: it was changed after it was signed.",
    "signatures": [
        {
            "field": "Seal",
            "level": "red",
            "reason": "changed",
            "signer": "Golden Harvest Trading Limited",
            "names": {
                "en": "Golden Harvest Trading Limited",
                "zh-hant": "金穗貿易有限公司",
                "zh-hans": "金穗贸易有限公司",
            },
            "company": "Golden Harvest Trading Limited",
            "ubi": "71234567",
            "capacity": "",
            "is_seal": True,
            "is_recognised": True,
            "claimed_at": "2026-03-03T06:02:00+00:00",
            "proven_at": "",
            "format": "B-T",
            "indication": "TOTAL-FAILED",
            "sub_indication": "HASH_FAILURE",
            "answers": [
                {
                    "question": 1,
                    "level": "red",
                    "reason": "changed",
                    "sentence": "Do not rely on this file: it was changed after it was signed.",
                    "evidence": {},
                }
            ],
        }
    ],
    "time_stamps": [],
}


def answer_of(http: Request, verification: Verification) -> dict[str, Any]:
    verdict = verification.verdict
    page = reverse("verification", args=[verification.reference])
    answer: dict[str, Any] = {
        "id": verification.reference,
        "status": verification.state,
        "sha256": verification.digest,
        "level": None,
        "reason": None,
        "sentence": None,
        "finding": None,
        "signatures": None,
        "time_stamps": None,
        "links": {"page": http.build_absolute_uri(page)},
    }
    if verdict is None:
        return answer
    return answer | {
        "level": verdict["level"],
        "reason": verdict["reason"],
        "sentence": word_verdict(verdict),
        "finding": verdict["facts"].get("finding"),
        "signatures": [
            {
                **signature,
                "answers": [
                    {**each, "sentence": word_answer(each, facts=verdict["facts"])}
                    for each in signature["answers"]
                ],
            }
            for signature in verdict["signatures"]
        ],
        "time_stamps": verdict["time_stamps"],
    }


class Verifications(APIView):
    authentication_classes = []
    required_scopes = {"POST": None}
    problem_statuses = {"POST": {507}}
    parser_classes = [StrictJSONParser, MultiPartParser]

    @extend_schema(
        operation_id="verify_document",
        tags=_TAGS,
        request={
            "application/json": VerificationBody,
            "multipart/form-data": MultipartVerification,
        },
        parameters=[
            OpenApiParameter(
                "Prefer", str, OpenApiParameter.HEADER, description="`wait=10` (RFC 7240)"
            )
        ],
        responses={200: VerificationAnswer, 202: VerificationAnswer},
        examples=[
            OpenApiExample("queued", value=_QUEUED, response_only=True, status_codes=["202"]),
            OpenApiExample("changed", value=_DONE, response_only=True, status_codes=["200"]),
            OpenApiExample("failed", value=_FAILED, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Verify a PDF. The upload is gone after an hour, the verdict after 90 days.

        200 is final: `done`, or `failed` by our fault (send the file again); 202 is not.
        """
        name, content = _read(request)
        verification = submit_verification(
            content=content,
            file_name=name,
            address=client_address(request),
            at=timezone.now(),
        )
        _wait(verification, _wished_wait(request))
        path = reverse("verification_by_id", args=[verification.reference])
        is_queued = verification.state == Verification.State.QUEUED
        return Response(
            answer_of(request, verification),
            status=202 if is_queued else 200,
            headers={"Location": request.build_absolute_uri(path)},
        )


def _read(request: Request) -> tuple[str, Any]:
    if request.FILES:
        body = MultipartVerification(data=request.data)
        body.is_valid(raise_exception=True)
        file = body.validated_data["file"]
        return file.name or "", file
    written = VerificationBody(data=request.data)
    written.is_valid(raise_exception=True)
    try:
        content = base64.b64decode(written.validated_data["content"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise DocumentUnreadable from error
    return written.validated_data["file_name"], content


def _wished_wait(request: Request) -> int:
    """Read `Prefer: wait=10` (RFC 7240, section 4.3)."""
    wished = re.search(r"\bwait=(\d{1,3})\b", request.headers.get("Prefer", ""))
    return min(int(wished.group(1)), LONGEST_WAIT) if wished else 0


def _wait(verification: Verification, seconds: int) -> None:
    """Wait for the verdict, or not at all if too many wait already: a wish is only a wish."""
    if not seconds or not _WAITERS.acquire(blocking=False):
        return
    try:
        until = time.monotonic() + seconds
        while verification.state == Verification.State.QUEUED and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
            verification.refresh_from_db()
    finally:
        _WAITERS.release()


class VerificationById(APIView):
    authentication_classes = []
    required_scopes = {"GET": None}

    @extend_schema(
        operation_id="read_verification",
        tags=_TAGS,
        responses=VerificationAnswer,
        examples=[
            OpenApiExample("changed", value=_DONE, response_only=True),
            OpenApiExample("failed", value=_FAILED, response_only=True),
        ],
    )
    def get(self, request: Request, reference: str) -> Response:
        """Read one verdict; the id is the right to see it."""
        return Response(answer_of(request, find_verification(reference=reference)))
