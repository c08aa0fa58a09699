"""`/api/v1/consents/{id}`: the receipt, and giving a consent up."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authentication.api.caller import calling
from corpid.api.cursors import page_after
from corpid.errors import NotFound, gettext_noop
from corpid.keys.models import Purpose
from corpid.keys.services.publish_jwks import publish_jwks
from prefill.models import Consent
from prefill.services.find_consent import find_consent
from prefill.services.revoke_consent import revoke_consent

_SCOPES = {"GET": {"prefill"}, "POST": {"prefill"}}
_TAGS = ["Pre-filled forms"]


class NoReceipt(NotFound):
    code = "receipt_not_found"
    title = gettext_noop("Nothing was agreed to, so there is no receipt.")
    remedy = gettext_noop("Ask the company to fill the form in by hand.")


class ReceiptAnswer(serializers.Serializer[Any]):
    consent = serializers.CharField()
    receipt = serializers.CharField(
        help_text="JWT, typ consent-receipt+jwt, signed with a key of /api/v1/prefill/jwks."
    )


class RevokedAnswer(serializers.Serializer[Any]):
    consent = serializers.CharField()
    revoked_at = serializers.DateTimeField()


class ConsentAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    request = serializers.CharField()
    company = serializers.CharField(help_text="UBI.")
    decision = serializers.ChoiceField(Consent.Decision.choices)
    decided_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    uses = serializers.IntegerField()
    max_uses = serializers.IntegerField()
    revoked_at = serializers.DateTimeField(allow_null=True)


class ConsentsAnswer(serializers.Serializer[Any]):
    results = ConsentAnswer(many=True)
    next = serializers.CharField(allow_null=True)


_CONSENT = {
    "id": "con_2v6w1c4x8t0z3m5n7q1r2s4b9k",
    "request": "pre_9k2v6w1c4x8t0z3m5n7q1r2s4b",
    "company": "71234567",
    "decision": "given",
    "decided_at": "2026-03-03T06:03:10Z",
    "expires_at": "2026-03-04T06:03:10Z",
    "uses": 1,
    "max_uses": 1,
    "revoked_at": None,
}


class Consents(APIView):
    required_scopes = _SCOPES

    @extend_schema(
        operation_id="list_consents",
        tags=_TAGS,
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: ConsentsAnswer},
        examples=[OpenApiExample("one", value={"results": [_CONSENT], "next": None})],
    )
    def get(self, request: Request) -> Response:
        """List what companies answered, oldest first. What was withdrawn must be deleted."""
        answers = Consent.objects.filter(e_service=calling(request).e_service_id)
        page = page_after(answers.select_related("request", "company"), request=request)
        return Response(
            {
                "results": [_consent_answer(consent) for consent in page.rows],
                "next": page.next_cursor,
            }
        )


def _consent_answer(consent: Consent) -> dict[str, Any]:
    return {
        "id": consent.reference,
        "request": consent.request.reference,
        "company": consent.company.ubi,
        "decision": consent.decision,
        "decided_at": consent.decided_at,
        "expires_at": consent.expires_at,
        "uses": consent.uses,
        "max_uses": consent.max_uses,
        "revoked_at": consent.revoked_at,
    }


class ConsentReceipt(APIView):
    required_scopes = _SCOPES

    @extend_schema(
        operation_id="get_consent_receipt",
        tags=_TAGS,
        responses={200: ReceiptAnswer},
        examples=[
            OpenApiExample(
                "a receipt",
                value={
                    "consent": "con_2v6w1c4x8t0z3m5n7q1r2s4b9k",
                    "receipt": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImNvbnNlbnQtcmVjZWlwdCtqd3Qi…",
                },
            )
        ],
    )
    def get(self, request: Request, reference: str) -> Response:
        """Both sides keep the same signed record of what was agreed."""
        consent = find_consent(reference=reference, e_service_id=calling(request).e_service_id)
        receipt = getattr(consent, "receipt", None)
        if receipt is None:
            raise NoReceipt
        return Response({"consent": consent.reference, "receipt": receipt.jws})


class ConsentRevoke(APIView):
    required_scopes = _SCOPES

    @extend_schema(
        operation_id="revoke_consent",
        tags=_TAGS,
        request=None,
        responses={200: RevokedAnswer},
        examples=[
            OpenApiExample(
                "given up",
                value={
                    "consent": "con_2v6w1c4x8t0z3m5n7q1r2s4b9k",
                    "revoked_at": "2026-03-04T02:00:00Z",
                },
            )
        ],
    )
    def post(self, request: Request, reference: str) -> Response:
        """Give a consent up that you hold; companies withdraw theirs on their own page."""
        consent = revoke_consent(
            reference=reference,
            e_service_id=calling(request).e_service_id,
            at=timezone.now(),
        )
        return Response({"consent": consent.reference, "revoked_at": consent.revoked_at})


class PrefillKeys(APIView):
    authentication_classes = []
    required_scopes = {"GET": None}

    @extend_schema(
        operation_id="list_prefill_keys",
        tags=_TAGS,
        auth=[],
        responses={200: OpenApiTypes.OBJECT},
        examples=[
            OpenApiExample(
                "one key",
                value={
                    "keys": [
                        {
                            "kty": "EC",
                            "crv": "P-256",
                            "x": "WKn-ZIGevcwGIyyrzFoZNBdaq9_TsqzGl96oc0CWuis",
                            "y": "y77t-RvAHRKTsSGdIYUfweuOvwrvDD-Q3Hv5J0fSKbE",
                            "use": "sig",
                            "alg": "ES256",
                            "kid": "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s",
                        }
                    ]
                },
            )
        ],
    )
    def get(self, _request: Request) -> Response:
        """Public keys of results and receipts, apart from those of sign-in tokens."""
        return Response(
            publish_jwks([Purpose.RELEASE], at=timezone.now()),
            headers={"Cache-Control": "public, max-age=300"},
        )
