"""`POST /api/v1/credential-types`, and the type metadata that anybody reads."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authentication.api.caller import calling_e_service
from corpid.api.idempotency import IdempotentMixin
from corpid.api.serializers import StrictSerializer
from credentials.models import CredentialType
from credentials.services.define_credential_type import define_credential_type

_LABELS = [
    {"locale": "en", "label": "Licence no."},
    {"locale": "zh-Hant", "label": "牌照號碼"},
    {"locale": "zh-Hans", "label": "牌照号码"},
]
_METADATA = {
    "display": [
        {"locale": "en", "name": "Liquor licence"},
        {"locale": "zh-Hant", "name": "酒牌"},
        {"locale": "zh-Hans", "name": "酒牌"},
    ],
    "claims": [
        {"path": ["licence_number"], "display": _LABELS, "mandatory": True, "sd": "always"}
    ],
}


class CredentialTypeBody(StrictSerializer):
    slug = serializers.CharField(
        max_length=50,
        help_text=(
            "Its name for ever: small letters from a to z, digits and hyphens, without a hyphen"
            " at an end."
        ),
    )
    metadata = serializers.DictField(
        help_text=(
            "Type metadata (SD-JWT VC, section 6) without vct: display and claims, each in en,"
            " zh-Hant and zh-Hans."
        )
    )
    schema = serializers.DictField(
        required=False, help_text="JSON Schema 2020-12 of the claims, without outside $ref."
    )
    sensitivity = serializers.ChoiceField(
        CredentialType.Sensitivity.choices, default=CredentialType.Sensitivity.LICENCE
    )
    is_per_premises = serializers.BooleanField(
        default=False, help_text="Whether each credential is for one place of business."
    )


class CredentialTypeAnswer(serializers.Serializer[Any]):
    vct = serializers.CharField(help_text="Where its metadata is, and its name in credentials.")
    slug = serializers.CharField()
    status = serializers.ChoiceField(CredentialType.Status.choices)


class CredentialTypes(IdempotentMixin):
    required_scopes = {"POST": {"credentials"}}
    idempotency_route = "credential-types"

    @extend_schema(
        operation_id="define_credential_type",
        tags=["Wallet"],
        request=CredentialTypeBody,
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        responses={201: CredentialTypeAnswer},
        examples=[
            OpenApiExample(
                "a licence",
                value={"slug": "liquor-licence", "metadata": _METADATA},
                request_only=True,
            ),
            OpenApiExample(
                "submitted",
                value={
                    "vct": "https://corpid.example/credential-types/liquor-licence",
                    "slug": "liquor-licence",
                    "status": "submitted",
                },
                response_only=True,
            ),
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Describe a type of credential; a caseworker approves it before you issue it."""
        return super().post(request, *args, **kwargs)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        body = CredentialTypeBody(data=request.data)
        body.is_valid(raise_exception=True)
        credential_type = define_credential_type(
            issuer=calling_e_service(request),
            slug=body.validated_data["slug"],
            metadata=body.validated_data["metadata"],
            schema=body.validated_data.get("schema"),
            sensitivity=CredentialType.Sensitivity(body.validated_data["sensitivity"]),
            is_per_premises=body.validated_data["is_per_premises"],
            at=timezone.now(),
        )
        return Response(
            {
                "vct": credential_type.vct,
                "slug": credential_type.slug,
                "status": credential_type.status,
            },
            status=201,
            headers={"Location": credential_type.vct},
        )


@require_safe
def serve_type_metadata(request: HttpRequest, slug: str) -> HttpResponse:  # noqa: ARG001  Django's signature
    """Serve the type metadata document (SD-JWT VC, section 6.3.1) of a type in use."""
    found = CredentialType.objects.filter(slug=slug).exclude(
        status=CredentialType.Status.SUBMITTED
    )
    credential_type = found.first()
    if credential_type is None:
        response: HttpResponse = HttpResponse(status=404)
    else:
        response = JsonResponse(
            credential_type.metadata, json_dumps_params={"ensure_ascii": False}
        )
        response["Cache-Control"] = "public, max-age=3600"
    response["Access-Control-Allow-Origin"] = "*"
    return response
