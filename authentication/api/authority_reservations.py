"""`/api/v1/authority/reservations`: hold part of a mandate's limit, use it or give it back."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authentication.api.authority_checks import (
    AmountBody,
    AuthorityBody,
    amount_in,
    named_by,
)
from authentication.api.caller import calling_e_service
from authentication.models import LimitUse
from authentication.services.capture_amount import capture_amount
from authentication.services.find_reservation import find_reservation
from authentication.services.release_amount import release_amount
from authentication.services.reserve_amount import reserve_amount
from corpid.api.idempotency import IdempotentMixin
from corpid.api.serializers import StrictSerializer

_TAGS = ["Identity"]
_QUARTER_OF_AN_HOUR = 900
_WEEK = 7 * 24 * 3600


class ReservationBody(AuthorityBody):
    amount = AmountBody()
    reference = serializers.CharField(
        max_length=100, help_text="Your own name of the act: one reservation for each."
    )
    expires_in = serializers.IntegerField(
        min_value=10,
        max_value=_WEEK,
        default=_QUARTER_OF_AN_HOUR,
        help_text="Seconds after which it is given back by itself.",
    )


class CaptureBody(StrictSerializer):
    value = serializers.DecimalField(
        max_digits=15,
        decimal_places=2,
        min_value=Decimal("0.01"),
        required=False,
        help_text="Left out: all. The rest is given back.",
    )


class ReleaseBody(StrictSerializer):
    """Nothing: whatever is sent is unknown."""


class AmountAnswer(serializers.Serializer[Any]):
    value = serializers.CharField()
    currency = serializers.CharField()


class ReservationAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(LimitUse.State.choices)
    reference = serializers.CharField()
    company = serializers.CharField(help_text="UBI")
    power = serializers.CharField()
    amount = AmountAnswer()
    captured = AmountAnswer(allow_null=True)
    mandates = serializers.ListField(
        child=serializers.CharField(),
        help_text="Those that it counts against, of the whole chain; by office or role, none.",
    )
    expires_at = serializers.DateTimeField()


_RESERVED = {
    "id": "res_9c2m4f7k1x8v5t0z3n6q2r7s1b",
    "status": "reserved",
    "reference": "payment-2026-0042",
    "company": "71234567",
    "power": "corpid.sign_in",
    "amount": {"value": "20000.00", "currency": "HKD"},
    "captured": None,
    "mandates": ["man_4f7m2k9x1c8v5t0z3n6q2r7s1b"],
    "expires_at": "2026-03-03T06:17:00Z",
}
_CAPTURED = _RESERVED | {
    "status": "captured",
    "captured": {"value": "18500.00", "currency": "HKD"},
}


def _answer(use: LimitUse) -> dict[str, Any]:
    captured = use.captured_value
    return {
        "id": use.reference,
        "status": use.state_at(at=timezone.now()),
        "reference": use.e_service_reference,
        "company": use.company.ubi,
        "power": use.power,
        "amount": {"value": f"{use.value:.2f}", "currency": use.currency},
        "captured": None
        if captured is None
        else {"value": f"{captured:.2f}", "currency": use.currency},
        "mandates": sorted(mandate.reference for mandate in use.mandates.all()),
        "expires_at": use.expires_at,
    }


class Reservations(IdempotentMixin):
    required_scopes = {"POST": {"authority"}}
    problem_statuses = {"POST": {404}}
    idempotency_route = "authority/reservations"

    @extend_schema(
        operation_id="reserve_amount",
        tags=_TAGS,
        request=ReservationBody,
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        responses={200: ReservationAnswer, 201: ReservationAnswer},
        examples=[
            OpenApiExample(
                "a payment",
                value={
                    "person": "sub_2r7s1b4f7m2k9x1c8v5t0z3n6q",
                    "power": "corpid.sign_in",
                    "amount": {"value": "20000.00", "currency": "HKD"},
                    "reference": "payment-2026-0042",
                },
                request_only=True,
            ),
            OpenApiExample(
                "reserved", value=_RESERVED, response_only=True, status_codes=["201"]
            ),
            OpenApiExample(
                "reserved before, and used since",
                value=_CAPTURED,
                response_only=True,
                status_codes=["200"],
            ),
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Hold the amount before you act: then whoever shares the limit can't take it.

        The same `reference` again finds the same reservation (200), as it is by then.
        """
        return super().post(request, *args, **kwargs)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        body = ReservationBody(data=request.data)
        body.is_valid(raise_exception=True)
        power = body.validated_data["power"]
        amount = amount_in(body.validated_data)
        assert amount is not None  # noqa: S101  required by the serializer
        reserved = reserve_amount(
            e_service=calling_e_service(request, power=power),
            named=named_by(request, body.validated_data),
            power=power,
            mandate=body.validated_data.get("mandate"),
            amount=amount,
            reference=body.validated_data["reference"],
            lasts=timedelta(seconds=body.validated_data["expires_in"]),
            at=timezone.now(),
        )
        reference = reserved.use.reference
        return Response(
            _answer(reserved.use),
            status=201 if reserved.is_new else 200,
            headers={"Location": reverse("authority_reservation", args=[reference])},
        )


class Reservation(APIView):
    required_scopes = {"GET": {"authority"}}

    @extend_schema(
        operation_id="get_reservation",
        tags=_TAGS,
        responses={200: ReservationAnswer},
        examples=[OpenApiExample("still held", value=_RESERVED)],
    )
    def get(self, request: Request, reference: str) -> Response:
        e_service = calling_e_service(request)
        return Response(_answer(find_reservation(e_service=e_service, reference=reference)))


class CapturedReservation(APIView):
    required_scopes = {"POST": {"authority"}}
    problem_statuses = {"POST": {409}}

    @extend_schema(
        operation_id="capture_reservation",
        tags=_TAGS,
        request=CaptureBody,
        responses={200: ReservationAnswer},
        examples=[
            OpenApiExample(
                "less than was held", value={"value": "18500.00"}, request_only=True
            ),
            OpenApiExample("used", value=_CAPTURED, response_only=True),
        ],
    )
    def post(self, request: Request, reference: str) -> Response:
        """Say that you have acted. The same again is answered the same."""
        body = CaptureBody(data=request.data)
        body.is_valid(raise_exception=True)
        use = capture_amount(
            e_service=calling_e_service(request),
            reference=reference,
            value=body.validated_data.get("value"),
            at=timezone.now(),
        )
        return Response(_answer(use))


class ReleasedReservation(APIView):
    required_scopes = {"POST": {"authority"}}
    problem_statuses = {"POST": {409}}

    @extend_schema(
        operation_id="release_reservation",
        tags=_TAGS,
        request=ReleaseBody,
        responses={200: ReservationAnswer},
        examples=[
            OpenApiExample(
                "given back", value=_RESERVED | {"status": "released"}, response_only=True
            )
        ],
    )
    def post(self, request: Request, reference: str) -> Response:
        """Say that you do not act after all: what was held is free at once."""
        body = ReleaseBody(data=request.data)
        body.is_valid(raise_exception=True)
        use = release_amount(
            e_service=calling_e_service(request), reference=reference, at=timezone.now()
        )
        return Response(_answer(use))
