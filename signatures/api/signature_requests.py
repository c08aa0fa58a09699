"""`/api/v1/signature-requests`: have a company sign documents, and fetch them signed."""

import base64
import binascii
from typing import Any

from django.http import FileResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authentication.api.caller import calling, calling_e_service
from authentication.models import Company
from authentication.services.find_named_company import find_named_company
from corpid.api.idempotency import IdempotentMixin
from corpid.api.parsers import StrictJSONParser
from corpid.api.serializers import StrictSerializer
from corpid.errors import Conflict, FieldError, Invalid, gettext_noop
from corpid.files.services.give_up_arrivals import give_up_arrivals
from corpid.files.services.open_file import open_file
from signatures.models import Addressee, Document, DocumentClass, SignatureRequest
from signatures.powers import SIGN
from signatures.services.count_approvals import count_approvals
from signatures.services.examine_uploads import Upload
from signatures.services.find_document import find_document
from signatures.services.find_request import find_request
from signatures.services.open_request import open_request
from signatures.services.prepare_request import prepare_request
from signatures.services.withdraw_request import withdraw_request

_SCOPES = {"GET": {"sign"}, "POST": {"sign"}}
_TAGS = ["Signing"]
_REFERENCE = "sig_4f7m2k9x1c8v5t0z3n6q2r7s1b"


class DocumentUnreadable(Invalid):
    code = "document_not_base64"
    title = gettext_noop("A document's content is not base64.")
    remedy = gettext_noop("Encode the PDF in base64 (RFC 4648, section 4), or send multipart.")


class CompanyNotNamed(Invalid):
    code = "company_not_named"
    title = gettext_noop("Name the company that is to sign.")
    remedy = gettext_noop("Send its UBI, or a token of a person who acts for it.")


class NotSignedYet(Conflict):
    code = "not_signed_yet"
    title = gettext_noop("The document is not signed.")
    remedy = gettext_noop("Ask for the request's status: it is signed once it is complete.")


class DocumentBody(StrictSerializer):
    file_name = serializers.CharField(max_length=200)
    content = serializers.CharField(
        allow_blank=True,  # nothing is a file of 0 bytes, and is told so
        help_text="The PDF in base64; larger files by multipart.",
    )


class RequestBody(StrictSerializer):
    company = serializers.CharField(
        max_length=30,
        required=False,
        help_text="UBI. Left out: the company of the token's person.",
    )
    title = serializers.CharField(max_length=200)
    document_class = serializers.ChoiceField(DocumentClass.choices, default="general")
    addressee = serializers.ChoiceField(Addressee.choices, default="private")
    signing_rule = serializers.ChoiceField(
        ["company"], default="company", help_text="The company's own rule decides who signs."
    )
    resume_uri = serializers.URLField(max_length=500, required=False, default="")
    expires_at = serializers.DateTimeField(required=False)
    documents = DocumentBody(many=True, required=False)


class MultipartBody(RequestBody):
    """The same with files: parts named `documents`, one for each PDF."""

    documents = serializers.ListField(  # type: ignore[assignment]  # files instead of base64
        child=serializers.FileField(allow_empty_file=True, max_length=255), required=False
    )


class DocumentAnswer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    file_name = serializers.CharField()
    page_count = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of the document as it was sent.")
    signed_sha256 = serializers.CharField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True)
    page = serializers.CharField(help_text="The permanent public page of this document.")
    content = serializers.CharField(help_text="Where the signed PDF is.")


class RuleAnswer(serializers.Serializer[Any]):
    needed = serializers.IntegerField()
    have = serializers.IntegerField()


class SignatureRequestLinks(serializers.Serializer[Any]):
    sign = serializers.CharField(help_text="The request's page, for anybody in the company.")
    approve = serializers.CharField(help_text="Where to send somebody who signs.")


class SignatureRequestAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(SignatureRequest.State.choices)
    company = serializers.CharField(help_text="UBI")
    title = serializers.CharField()
    rule = RuleAnswer()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why it can't be completed.")
    documents = DocumentAnswer(many=True)
    links = SignatureRequestLinks()


_EXAMPLE = {
    "id": _REFERENCE,
    "status": "waiting",
    "company": "71234567",
    "title": "Supply agreement",
    "rule": {"needed": 2, "have": 1},
    "created_at": "2026-03-03T06:02:00Z",
    "expires_at": "2026-03-10T06:02:00Z",
    "ended_at": None,
    "reason": None,
    "documents": [
        {
            "number": 1,
            "file_name": "agreement.pdf",
            "page_count": 10,
            "sha256": "7f3a19c2" + "0" * 56,
            "signed_sha256": None,
            "signed_at": None,
            "page": "https://corpid.example/d/d_9k2v6w1c4x8t0z3m5n7q1r2s4b",
            "content": f"https://corpid.example/api/v1/signature-requests/{_REFERENCE}/documents/1",
        }
    ],
    "links": {
        "sign": f"https://corpid.example/sign/{_REFERENCE}",
        "approve": f"https://corpid.example/sign/{_REFERENCE}/approve",
    },
}


def _document(request: Request, document: Document, reference: str) -> dict[str, Any]:
    path = reverse("signature_request_document", args=[reference, document.number])
    return {
        "number": document.number,
        "file_name": document.file_name,
        "page_count": document.page_count,
        "sha256": document.original_digest,
        "signed_sha256": document.signed_digest or None,
        "signed_at": document.signed_at,
        "page": request.build_absolute_uri(reverse("document", args=[document.code])),
        "content": request.build_absolute_uri(path),
    }


def answer_of(http: Request, request: SignatureRequest) -> dict[str, Any]:
    """Names of signers and reasons of refusals stay with the company."""
    progress = count_approvals(request=request, at=timezone.now()).progress
    is_told = request.state in {request.State.CANNOT_BE_COMPLETED, request.State.FAILED}
    return {
        "id": request.reference,
        "status": request.state,
        "company": request.company.ubi,
        "title": request.title,
        "rule": {"needed": progress.needed, "have": progress.have},
        "created_at": request.created_at,
        "expires_at": request.expires_at,
        "ended_at": request.ended_at,
        "reason": request.ended_because if is_told else None,
        "documents": [
            _document(http, document, request.reference)
            for document in request.documents.order_by("number")
        ],
        "links": {
            "sign": http.build_absolute_uri(reverse("sign_request", args=[request.reference])),
            "approve": http.build_absolute_uri(
                reverse("sign_approve", args=[request.reference])
            ),
        },
    }


class SignatureRequests(IdempotentMixin):
    required_scopes = _SCOPES
    problem_statuses = {"POST": {507}}
    parser_classes = [StrictJSONParser, MultiPartParser]
    idempotency_route = "signature-requests"

    @extend_schema(
        operation_id="open_signature_request",
        tags=_TAGS,
        request={"application/json": RequestBody, "multipart/form-data": MultipartBody},
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        responses={201: SignatureRequestAnswer},
        examples=[
            OpenApiExample(
                "a department",
                value={
                    "company": "71234567",
                    "title": "Supply agreement",
                    "document_class": "general",
                    "addressee": "private",
                    "documents": [{"file_name": "agreement.pdf", "content": "JVBERi0xLjcK…"}],
                },
                request_only=True,
            ),
            OpenApiExample("opened", value=_EXAMPLE, response_only=True),
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask a company to sign: its people approve in the portal, under its own rule."""
        return super().post(request, *args, **kwargs)

    def prepare(self, request: Request) -> dict[str, Any]:
        values, uploads = _read(request)
        wish = self._wish(request, values)
        return {"values": values, "uploads": prepare_request(uploads=uploads, **wish)}

    def give_back(self, **prepared: Any) -> None:
        uploads: list[Upload] = prepared["uploads"]
        give_up_arrivals(each.arrival for each in uploads if each.arrival is not None)

    def create(
        self,
        request: Request,
        *_args: Any,
        values: dict[str, Any],
        uploads: list[Upload],
        **_kwargs: Any,
    ) -> Response:
        wish = self._wish(request, values)
        opened = open_request(uploads=uploads, title=values["title"], **wish)
        path = reverse("signature_request", args=[opened.reference])
        return Response(
            answer_of(request, opened),
            status=201,
            headers={"Location": request.build_absolute_uri(path)},
        )

    def _wish(self, request: Request, values: dict[str, Any]) -> dict[str, Any]:
        """Ask each time who calls: between the two steps an e-service may be switched off."""
        return {
            "e_service": calling_e_service(request, power=SIGN),
            "company": _company(request, values.get("company")),
            "document_class": DocumentClass(values["document_class"]),
            "addressee": Addressee(values["addressee"]),
            "resume_uri": values["resume_uri"],
            "expires_at": values.get("expires_at"),
            "at": timezone.now(),
        }


def _read(request: Request) -> tuple[dict[str, Any], list[Upload]]:
    if request.FILES:
        fields = {name: value for name, value in request.POST.items() if name != "documents"}
        body = RequestBody(data=fields)
        body.is_valid(raise_exception=True)
        files = request.FILES.getlist("documents")
        return body.validated_data, [
            Upload(file.name or "document.pdf", file) for file in files
        ]
    body = RequestBody(data=request.data)
    body.is_valid(raise_exception=True)
    documents = body.validated_data.get("documents", [])
    return body.validated_data, [
        Upload(document["file_name"], _decoded(document["content"], number))
        for number, document in enumerate(documents)
    ]


def _decoded(content: str, number: int) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        where = FieldError(
            f"/documents/{number}/content", "document_not_base64", DocumentUnreadable.title
        )
        raise DocumentUnreadable(field_errors=[where]) from error


def _company(request: Request, ubi: str | None) -> Company:
    company = find_named_company(company_id=calling(request).company_id, ubi=ubi)
    if company is None:
        raise CompanyNotNamed
    return company


class SignatureRequestById(APIView):
    required_scopes = _SCOPES

    @extend_schema(
        operation_id="read_signature_request",
        tags=_TAGS,
        responses=SignatureRequestAnswer,
        examples=[OpenApiExample("waiting", value=_EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, reference: str) -> Response:
        """Say how far it is; ask again until the status is final, or wait for the event."""
        found = find_request(e_service_id=calling(request).e_service_id, reference=reference)
        return Response(answer_of(request, found))


class SignatureRequestWithdraw(APIView):
    required_scopes = _SCOPES
    problem_statuses = {"POST": {409}}

    @extend_schema(
        operation_id="withdraw_signature_request",
        tags=_TAGS,
        request=None,
        responses=SignatureRequestAnswer,
        examples=[
            OpenApiExample(
                "withdrawn", value={**_EXAMPLE, "status": "withdrawn"}, response_only=True
            )
        ],
    )
    def post(self, request: Request, reference: str) -> Response:
        """Take the request back while nobody has begun to sign."""
        e_service = calling_e_service(request, power=SIGN)
        found = find_request(e_service_id=e_service.id, reference=reference)
        withdraw_request(request=found, e_service=e_service, at=timezone.now())
        found.refresh_from_db()
        return Response(answer_of(request, found))


class SignatureRequestDocument(APIView):
    required_scopes = _SCOPES
    problem_statuses = {"GET": {409}}

    @extend_schema(
        operation_id="fetch_signed_document",
        tags=_TAGS,
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, reference: str, number: int) -> HttpResponseBase:
        """Fetch the signed PDF."""
        found = find_request(e_service_id=calling(request).e_service_id, reference=reference)
        document = find_document(request=found, number=number)
        if not document.signed_digest:
            raise NotSignedYet(found.state)
        return FileResponse(
            open_file(document.signed_digest),
            content_type="application/pdf",
            as_attachment=True,
            filename=document.file_name,
        )
