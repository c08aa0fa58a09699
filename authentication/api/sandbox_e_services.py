"""`POST /api/v1/sandbox/e-services`: another e-service at once; not there in production."""

from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authentication.api.discovery import known_scopes
from authentication.models import EService
from authentication.services.openid.register_sandbox_e_service import (
    register_sandbox_e_service,
)
from corpid.api.serializers import StrictSerializer

_MOST = 20


class SandboxEServiceRequest(StrictSerializer):
    name = serializers.CharField(max_length=100)
    jwks = serializers.DictField()
    redirect_uris = serializers.ListField(
        child=serializers.CharField(max_length=500), min_length=1, max_length=_MOST
    )
    post_logout_redirect_uris = serializers.ListField(
        child=serializers.CharField(max_length=500), default=list, max_length=_MOST
    )
    scopes = serializers.ListField(
        child=serializers.CharField(max_length=50), default=["openid"], max_length=_MOST
    )
    profile = serializers.ChoiceField(choices=[EService.Profile.FAPI2.value])


class SandboxEServiceAnswer(serializers.Serializer[Any]):
    client_id = serializers.CharField()
    slug = serializers.CharField()
    issuer = serializers.CharField()
    profile = serializers.CharField()
    redirect_uris = serializers.ListField(child=serializers.CharField())
    post_logout_redirect_uris = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField())


_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "use": "sig",
    "alg": "ES256",
    "kid": "2026-03",
}


class SandboxEServices(APIView):
    required_scopes = {"POST": None}
    problem_statuses = {"POST": {404}}
    authentication_classes: list[type] = []

    @extend_schema(
        operation_id="register_sandbox_e_service",
        tags=["Sandbox"],
        request=SandboxEServiceRequest,
        responses={201: SandboxEServiceAnswer},
        examples=[
            OpenApiExample(
                "a department's form",
                request_only=True,
                value={
                    "name": "Licence renewal",
                    "jwks": {"keys": [_KEY]},
                    "redirect_uris": ["http://127.0.0.1/callback"],
                    "post_logout_redirect_uris": ["http://127.0.0.1/signed-out"],
                    "scopes": ["openid", "companies"],
                    "profile": "fapi2",
                },
            ),
            OpenApiExample(
                "registered",
                response_only=True,
                value={
                    "client_id": "esv_4f8s2k7m1q9d3x6b0v5n8c2h7j",
                    "slug": "licence-renewal-8c2h7j4f",
                    "issuer": "http://localhost:8000",
                    "profile": "fapi2",
                    "redirect_uris": ["http://127.0.0.1/callback"],
                    "post_logout_redirect_uris": ["http://127.0.0.1/signed-out"],
                    "scopes": ["openid", "companies"],
                },
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        if not settings.SANDBOX:
            raise Http404
        wished = SandboxEServiceRequest(data=request.data)
        wished.is_valid(raise_exception=True)
        e_service = register_sandbox_e_service(
            name=wished.validated_data["name"],
            jwks=wished.validated_data["jwks"],
            redirect_uris=wished.validated_data["redirect_uris"],
            post_logout_redirect_uris=wished.validated_data["post_logout_redirect_uris"],
            scopes=wished.validated_data["scopes"],
            known_scopes=known_scopes(),
            at=timezone.now(),
        )
        return Response(
            {
                "client_id": e_service.client_id,
                "slug": e_service.slug,
                "issuer": settings.BASE_URL,
                "profile": e_service.profile,
                "redirect_uris": e_service.redirect_uris,
                "post_logout_redirect_uris": e_service.post_logout_redirect_uris,
                "scopes": e_service.scopes,
            },
            status=201,
        )
