"""`/api/v1/prefill/requests`: have a form filled, collect it, say what became of it."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authentication.api.caller import calling, calling_e_service
from corpid.api.idempotency import IdempotentMixin
from corpid.api.serializers import StrictSerializer
from prefill.models import PrefillRequest
from prefill.services.find_request import find_request
from prefill.services.push_request import push_request
from prefill.services.record_outcome import record_outcome
from prefill.services.release_result import release_result

_SCOPES = {"GET": {"prefill"}, "POST": {"prefill"}}
_TAGS = ["Pre-filled forms"]
_REFERENCE = "pre_9k2v6w1c4x8t0z3m5n7q1r2s4b"


class PushedBody(StrictSerializer):
    form = serializers.CharField(
        max_length=60, help_text="Slug or id of one of your published form templates."
    )
    resume_uri = serializers.CharField(
        max_length=500,
        help_text="Where the browser goes back to: an address on the host of a redirect URI.",
    )
    company = serializers.CharField(
        max_length=30,
        required=False,
        help_text="UBI. Left out: whichever company the person acts for.",
    )


class PushedAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    request_uri = serializers.CharField(help_text="For /consents/new?request_uri=, once.")
    expires_in = serializers.IntegerField(help_text="Seconds until the browser must arrive.")
    consent_url = serializers.CharField(help_text="Where to send the browser.")


class FieldAnswer(serializers.Serializer[Any]):
    item = serializers.CharField()
    status = serializers.CharField()
    reason = serializers.CharField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # the name in the answer
    retrieved_at = serializers.DateTimeField()
    source_updated_at = serializers.DateTimeField(allow_null=True)


class OutcomeAnswer(serializers.Serializer[Any]):
    outcome = serializers.CharField()
    reference = serializers.CharField()
    accepted_at = serializers.DateTimeField()


class RequestAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(PrefillRequest.State.choices)
    form = serializers.CharField()
    company = serializers.CharField(allow_null=True, help_text="UBI, once somebody answered.")
    consent = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    fields = FieldAnswer(many=True)  # type: ignore[assignment]  # the name in the answer
    outcome = OutcomeAnswer(allow_null=True)


class ResultAnswer(serializers.Serializer[Any]):
    release = serializers.CharField()
    result = serializers.CharField(
        help_text=(
            "JWE (ECDH-ES+A256KW, A256GCM) to your enc key; inside, a JWT signed with a key of"
            " /api/v1/prefill/jwks, typ prefill-result+jwt."
        )
    )


class OutcomeBody(StrictSerializer):
    outcome = serializers.ChoiceField(["filed", "rejected"])
    reference = serializers.CharField(max_length=100)
    accepted_at = serializers.DateTimeField(help_text="By your clock, with its zone.")


_PUSHED = {
    "id": _REFERENCE,
    "request_uri": "urn:corpid:prefill:u3VZ6Jt2bq0kZ8Yx1lq8s5c7oQm4n0a2w6e9r3t1y5i",
    "expires_in": 600,
    "consent_url": "https://corpid.example/consents/new?request_uri=urn%3Acorpid%3Aprefill…",
}
_DESCRIBED = {
    "id": _REFERENCE,
    "status": "partial",
    "form": "business-account-opening",
    "company": "71234567",
    "consent": "con_2v6w1c4x8t0z3m5n7q1r2s4b9k",
    "created_at": "2026-03-03T06:02:00Z",
    "expires_at": "2026-03-10T06:03:10Z",
    "fields": [
        {
            "item": "ird.business.nature",
            "status": "timeout",
            "reason": "too_slow",
            "source": "business_registration",
            "retrieved_at": "2026-03-03T06:03:13Z",
            "source_updated_at": None,
        }
    ],
    "outcome": None,
}


def _answer(request: PrefillRequest) -> dict[str, Any]:
    """Never a value: those leave sealed, through `/result` alone."""
    consent = getattr(request, "consent", None)
    return {
        "id": request.reference,
        "status": request.state,
        "form": request.template_version.template.slug,
        "company": request.company.ubi if request.company else None,
        "consent": consent.reference if consent else None,
        "created_at": request.created_at,
        "expires_at": request.expires_at,
        "fields": [
            {
                "item": record.item_key,
                "status": record.status,
                "reason": record.reason or None,
                "source": record.source,
                "retrieved_at": record.retrieved_at,
                "source_updated_at": record.source_updated_at,
            }
            for record in request.fields.order_by("item_key")
        ],
        "outcome": {
            "outcome": request.outcome,
            "reference": request.outcome_reference,
            "accepted_at": request.outcome_accepted_at,
        }
        if request.outcome
        else None,
    }


class PrefillRequests(IdempotentMixin):
    required_scopes = _SCOPES
    problem_statuses = {"POST": {404}}
    idempotency_route = "prefill/requests"

    @extend_schema(
        operation_id="push_prefill_request",
        tags=_TAGS,
        request=PushedBody,
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        responses={201: PushedAnswer},
        examples=[
            OpenApiExample(
                "a bank",
                value={
                    "form": "business-account-opening",
                    "resume_uri": "https://bank.example/forms/42",
                },
                request_only=True,
            ),
            OpenApiExample("pushed", value=_PUSHED, response_only=True),
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for one form to be filled, then send the browser to `consent_url`."""
        return super().post(request, *args, **kwargs)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        body = PushedBody(data=request.data)
        body.is_valid(raise_exception=True)
        pushed = push_request(
            e_service=calling_e_service(request),
            form=body.validated_data["form"],
            resume_uri=body.validated_data["resume_uri"],
            ubi=body.validated_data.get("company"),
            company_id=calling(request).company_id,
            person_id=calling(request).person_id,
            at=timezone.now(),
        )
        reference = pushed.request.reference
        return Response(
            {
                "id": reference,
                "request_uri": pushed.request_uri,
                "expires_in": pushed.expires_in,
                "consent_url": pushed.consent_url,
            },
            status=201,
            headers={"Location": reverse("prefill_request", args=[reference])},
        )


class PrefillRequestById(APIView):
    required_scopes = _SCOPES

    @extend_schema(
        operation_id="get_prefill_request",
        tags=_TAGS,
        responses={200: RequestAnswer},
        examples=[OpenApiExample("one register was too slow", value=_DESCRIBED)],
    )
    def get(self, request: Request, reference: str) -> Response:
        """How far it has come, item by item; never a value."""
        found = find_request(reference=reference, e_service_id=calling(request).e_service_id)
        return Response(_answer(found))


class PrefillResult(APIView):
    required_scopes = _SCOPES
    problem_statuses = {"GET": {409, 410}}

    @extend_schema(
        operation_id="get_prefill_result",
        tags=_TAGS,
        responses={200: ResultAnswer},
        examples=[
            OpenApiExample(
                "sealed",
                value={
                    "release": "rel_6w1c4x8t0z3m5n7q1r2s4b9k2v",
                    "result": "eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00i…",
                },
            )
        ],
    )
    def get(self, request: Request, reference: str) -> Response:
        """Collect the sealed values. A repeat within 60 s is identical and counts once.

        This GET uses the consent up: it takes an access token bound to a key, which no browser,
        crawler or prefetch holds. HEAD is refused, since its answer would be lost.
        """
        released = release_result(
            reference=reference,
            e_service_id=calling(request).e_service_id,
            at=timezone.now(),
        )
        return Response(
            {"release": released.reference, "result": released.jwe},
            headers={"Cache-Control": "no-store"},
        )


class PrefillOutcome(APIView):
    required_scopes = _SCOPES
    problem_statuses = {"POST": {409}}

    @extend_schema(
        operation_id="report_prefill_outcome",
        tags=_TAGS,
        request=OutcomeBody,
        responses={200: RequestAnswer},
        examples=[
            OpenApiExample(
                "filed",
                value={
                    "outcome": "filed",
                    "reference": "IRD-2026-0042",
                    "accepted_at": "2026-03-03T14:07:31+08:00",
                },
                request_only=True,
            ),
            OpenApiExample("told", value=_DESCRIBED, response_only=True),
        ],
    )
    def post(self, request: Request, reference: str) -> Response:
        """Say that the form was filed or rejected; until then pages call it sent, not filed."""
        body = OutcomeBody(data=request.data)
        body.is_valid(raise_exception=True)
        told = record_outcome(
            reference=reference,
            e_service_id=calling(request).e_service_id,
            outcome=body.validated_data["outcome"],
            outcome_reference=body.validated_data["reference"],
            accepted_at=body.validated_data["accepted_at"],
            at=timezone.now(),
        )
        return Response(_answer(told))
