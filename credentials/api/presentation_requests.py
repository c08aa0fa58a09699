"""`/api/v1/presentation-requests`: a verifier asks through us, and reads what came of it."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authentication.api.caller import calling_e_service
from corpid.api.idempotency import IdempotentMixin
from corpid.api.serializers import StrictSerializer
from credentials.api.moments import written_moment
from credentials.api.qr import qr_svg
from credentials.models import PresentationRequest
from credentials.openid4vp import presentation_link
from credentials.powers import PRESENT_CREDENTIAL
from credentials.services.check_presentation import CheckedPresentation, check_presentation
from credentials.services.judge_presentation import Verdict
from credentials.services.open_presentation_request import open_presentation_request

_SCOPES = {"GET": {"presentations"}, "POST": {"presentations"}}
_TAGS = ["Wallet"]
_QUERY = {
    "credentials": [
        {
            "id": "licence",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["https://corpid.example/credential-types/food-licence"]},
            "claims": [{"path": ["licence_number"]}, {"path": ["premises"]}],
        }
    ]
}
_OPENED = {
    "id": "prq_7q1r2s4b9k2v6w1c4x8t0z3m5n",
    "client_id": "x509_hash:K9dJm0yBq0kZ8Yx1lq8s5c7oQm4n0a2w6e9r3t1y5i0",
    "request_uri": "https://corpid.example/openid4vp/requests/prq_7q1r2s4b9k2v6w1c4x8t0z3m5n",
    "link": "openid4vp://?client_id=x509_hash%3AK9dJ…&request_uri=https%3A%2F%2Fcorpid.example…",
    "wallet_link": "https://corpid.example/wallet/present?client_id=x509_hash%3AK9dJ…",
    "qr": "<svg …>…</svg>",
    "expires_at": "2026-03-03T06:17:00Z",
}
_CHECKED = {
    "id": "prq_7q1r2s4b9k2v6w1c4x8t0z3m5n",
    "state": "answered",
    "refusal": None,
    "answered_at": "2026-03-03T06:05:00Z",
    "checked_at": "2026-03-03T06:05:02Z",
    "is_in_force": True,
    "credentials": [
        {
            "query_id": "licence",
            "verdict": "in_force",
            "issuer": "Food Licensing Department",
            "vct": "https://corpid.example/credential-types/food-licence",
            "claims": {"licence_number": "2961800123", "premises": {"name": "陳記麵家"}},
        }
    ],
}


class OpenBody(StrictSerializer):
    dcql_query = serializers.DictField(help_text="OpenID4VP 1.0, section 6.")
    purpose = serializers.CharField(
        max_length=300, help_text="Why you ask; the company reads it before it agrees."
    )


class OpenAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    client_id = serializers.CharField()
    request_uri = serializers.CharField(help_text="Where wallets fetch the signed request.")
    link = serializers.CharField(help_text="For a wallet app on the same device.")
    wallet_link = serializers.CharField(help_text="For a company's wallet here, in a browser.")
    qr = serializers.CharField(help_text="The link as a QR code, SVG.")
    expires_at = serializers.DateTimeField()


class PresentedCredential(serializers.Serializer[Any]):
    query_id = serializers.CharField()
    verdict = serializers.ChoiceField([verdict.value for verdict in Verdict])
    issuer = serializers.CharField(help_text="The name in the issuer's certificate.")
    vct = serializers.CharField()
    claims = serializers.DictField()


class CheckAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField([*PresentationRequest.State.values, "expired"])
    refusal = serializers.CharField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(help_text="Of when the verdicts are.")
    is_in_force = serializers.BooleanField(
        allow_null=True, help_text="Whether every credential is; null before an answer."
    )
    credentials = PresentedCredential(many=True)


class PresentationRequests(IdempotentMixin):
    required_scopes = _SCOPES
    idempotency_route = "presentation-requests"

    @extend_schema(
        operation_id="open_presentation_request",
        tags=_TAGS,
        request=OpenBody,
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        responses={201: OpenAnswer},
        examples=[
            OpenApiExample(
                "a food licence",
                value={"dcql_query": _QUERY, "purpose": "To open a business account"},
                request_only=True,
            ),
            OpenApiExample("opened", value=_OPENED, response_only=True),
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask to see credentials: show the QR code, or send the browser to `wallet_link`."""
        return super().post(request, *args, **kwargs)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        body = OpenBody(data=request.data)
        body.is_valid(raise_exception=True)
        opened = open_presentation_request(
            e_service=calling_e_service(request, power=PRESENT_CREDENTIAL),
            query=body.validated_data["dcql_query"],
            purpose=body.validated_data["purpose"],
            at=timezone.now(),
        )
        link = presentation_link(client_id=opened.client_id, request_uri=opened.request_uri)
        parameters = urlencode(
            {"client_id": opened.client_id, "request_uri": opened.request_uri}
        )
        return Response(
            {
                "id": opened.id,
                "client_id": opened.client_id,
                "request_uri": opened.request_uri,
                "link": link,
                "wallet_link": f"{settings.BASE_URL}/wallet/present?{parameters}",
                "qr": qr_svg(link),
                "expires_at": written_moment(opened.expires_at),
            },
            status=201,
            headers={"Location": reverse("presentation_request", args=[opened.id])},
        )


class PresentationRequestById(APIView):
    required_scopes = _SCOPES

    @extend_schema(
        operation_id="check_presentation",
        tags=_TAGS,
        responses={200: CheckAnswer},
        examples=[
            OpenApiExample("in force", value=_CHECKED, response_only=True),
            OpenApiExample(
                "revoked since",
                value={
                    **_CHECKED,
                    "is_in_force": False,
                    "credentials": [
                        {**_CHECKED["credentials"][0], "verdict": "revoked"}  # type: ignore[index,dict-item]  # an example
                    ],
                },
                response_only=True,
            ),
        ],
    )
    def get(self, request: Request, request_id: str) -> Response:
        """Read what was presented. Each call asks anew whether it is in force."""
        checked = check_presentation(
            e_service=calling_e_service(request), request_id=request_id, at=timezone.now()
        )
        return Response(_answer(checked))


def _answer(checked: CheckedPresentation) -> dict[str, Any]:
    request = checked.request
    is_over = request.state == PresentationRequest.State.OPEN and (
        checked.checked_at >= request.expires_at
    )
    in_force = [found.verdict == Verdict.IN_FORCE for found in checked.credentials]
    return {
        "id": request.id,
        "state": "expired" if is_over else request.state,
        "refusal": request.refusal or None,
        "answered_at": written_moment(request.answered_at) if request.answered_at else None,
        "checked_at": written_moment(checked.checked_at),
        "is_in_force": all(in_force) if in_force else None,
        "credentials": [
            {
                "query_id": found.query_id,
                "verdict": found.verdict.value,
                "issuer": found.issuer_name,
                "vct": found.vct,
                "claims": {
                    name: value
                    for name, value in found.claims.items()
                    if name not in {"cnf", "status"}
                },
            }
            for found in checked.credentials
        ],
    }
