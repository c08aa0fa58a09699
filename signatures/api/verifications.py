"""`/api/v1/verifications`: what a signed PDF is worth, for anybody."""

import base64
import binascii
import re
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
from signatures.services.word_verdict import word_answer, word_verdict

_TAGS = ["Verifying"]
_REFERENCE = "ver_6w1c4x8t0z3m5n7q1r2s4b9k2v"
LONGEST_WAIT = 10
POLL_SECONDS = 0.1


class VerificationBody(StrictSerializer):
    file_name = serializers.CharField(max_length=200, required=False, default="")
    content = serializers.CharField(
        allow_blank=True,  # nothing is a file of 0 bytes, and is told so
        help_text="The PDF in base64; larger files by multipart.",
    )


class MultipartVerification(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)


class VerificationAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(Verification.State.choices)
    sha256 = serializers.CharField()
    level = serializers.ChoiceField(
        ["green", "amber", "red", "unreadable"], allow_null=True, help_text="Once it is done."
    )
    reason = serializers.CharField(allow_null=True)
    sentence = serializers.CharField(allow_null=True, help_text="In the language accepted.")
    signatures = serializers.ListField(child=serializers.DictField(), allow_null=True)
    links = serializers.DictField(child=serializers.CharField())


_QUEUED = {
    "id": _REFERENCE,
    "status": "queued",
    "sha256": "7f3a19c2" + "0" * 56,
    "level": None,
    "reason": None,
    "sentence": None,
    "signatures": None,
    "links": {"page": f"https://corpid.example/verify/{_REFERENCE}"},
}
_DONE = _QUEUED | {
    "status": "done",
    "level": "red",
    "reason": "changed",
    "sentence": "Do not rely on this file: it was changed after it was signed.",
    "signatures": [
        {
            "field": "Seal",
            "level": "red",
            "signer": "Golden Harvest Trading Limited",
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
        "signatures": None,
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
                    {**each, "sentence": word_answer(each, verdict["facts"])}
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
        ],
    )
    def post(self, request: Request) -> Response:
        """Verify a PDF. The upload is gone after an hour, the verdict after 90 days."""
        name, content = _read(request)
        verification = submit_verification(
            content=content,
            file_name=name,
            address=client_address(request),
            at=timezone.now(),
        )
        _wait(verification, _wished_wait(request))
        path = reverse("verification_by_id", args=[verification.reference])
        is_done = verification.state == Verification.State.DONE
        return Response(
            answer_of(request, verification),
            status=200 if is_done else 202,
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
    until = time.monotonic() + seconds
    while verification.state == Verification.State.QUEUED and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
        verification.refresh_from_db()


class VerificationById(APIView):
    authentication_classes = []
    required_scopes = {"GET": None}

    @extend_schema(
        operation_id="read_verification",
        tags=_TAGS,
        responses=VerificationAnswer,
        examples=[OpenApiExample("changed", value=_DONE, response_only=True)],
    )
    def get(self, request: Request, reference: str) -> Response:
        """Read one verdict; the id is the right to see it."""
        return Response(answer_of(request, find_verification(reference=reference)))
