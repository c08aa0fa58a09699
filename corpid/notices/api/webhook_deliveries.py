"""What became of each event at an endpoint; send it again, or send a test."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from corpid.api.cursors import page_after
from corpid.api.idempotency import IdempotentMixin
from corpid.api.serializers import StrictSerializer
from corpid.notices.api.caller import calling
from corpid.notices.api.webhook_endpoints import SCOPE, TAGS
from corpid.notices.models import WebhookDelivery
from corpid.notices.services.find_deliveries import find_deliveries
from corpid.notices.services.find_delivery import find_delivery
from corpid.notices.services.fire_test import fire_test
from corpid.notices.services.replay_delivery import replay_delivery
from corpid.notices.services.replay_range import replay_range


class AttemptAnswer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    milliseconds = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True, help_text="HTTP status, if it answered.")
    error = serializers.CharField(allow_null=True, help_text="A code of /problems/, if not.")
    answer = serializers.CharField(help_text="The beginning of what it answered.")


class DeliveryAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    event = serializers.CharField(help_text="Its webhook-id.")
    type = serializers.CharField()
    state = serializers.ChoiceField(WebhookDelivery.State.choices)
    next_try_at = serializers.DateTimeField(allow_null=True)
    gives_up_at = serializers.DateTimeField()
    attempts = AttemptAnswer(many=True)


class DeliveriesAnswer(serializers.Serializer[Any]):
    results = DeliveryAnswer(many=True)
    next = serializers.CharField(allow_null=True)


class ReplayBody(StrictSerializer):
    since = serializers.DateTimeField(help_text="The first moment, with its zone.")
    until = serializers.DateTimeField(help_text="The first moment that is left out.")


class ReplayAnswer(serializers.Serializer[Any]):
    replayed = serializers.IntegerField()


class DeliveriesQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(WebhookDelivery.State.choices, required=False)


_DELIVERY = {
    "id": "whd_2h7j4f8s2k7m1q9d3x6b0v5n8c",
    "event": "evt_8c2h7j4f8s2k7m1q9d3x6b0v5n",
    "type": "signature_request.complete",
    "state": "retrying",
    "next_try_at": "2026-03-03T06:03:07Z",
    "gives_up_at": "2026-03-04T06:02:00Z",
    "attempts": [
        {
            "at": "2026-03-03T06:02:01Z",
            "milliseconds": 212,
            "status": 500,
            "error": None,
            "answer": "Internal Server Error",
        }
    ],
}
_FIRST = {**_DELIVERY, "state": "pending", "attempts": []}


def _answer(delivery: WebhookDelivery) -> dict[str, Any]:
    attempts = sorted(delivery.attempts.all(), key=lambda attempt: attempt.id)
    return {
        "id": delivery.reference,
        "event": delivery.event_id,
        "type": delivery.event.type,
        "state": delivery.state,
        "next_try_at": delivery.next_try_at,
        "gives_up_at": delivery.gives_up_at,
        "attempts": [
            {
                "at": attempt.at,
                "milliseconds": attempt.milliseconds,
                "status": attempt.status,
                "error": attempt.error_code or None,
                "answer": attempt.answer,
            }
            for attempt in attempts
        ],
    }


class WebhookDeliveries(APIView):
    required_scopes = {"GET": SCOPE}
    problem_statuses = {"GET": {422}}

    @extend_schema(
        operation_id="list_webhook_deliveries",
        tags=TAGS,
        parameters=[
            OpenApiParameter("state", str, enum=WebhookDelivery.State.values),
            OpenApiParameter("cursor", str),
            OpenApiParameter("limit", int),
        ],
        responses={200: DeliveriesAnswer},
        examples=[OpenApiExample("one", value={"results": [_DELIVERY], "next": None})],
    )
    def get(self, request: Request, endpoint_id: str) -> Response:
        """List the newest first."""
        asked = DeliveriesQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        deliveries = find_deliveries(
            e_service_id=calling(request).e_service_id,
            endpoint_id=endpoint_id,
            state=asked.validated_data.get("state"),
        )
        page = page_after(deliveries, request=request, newest_first=True)
        return Response(
            {"results": [_answer(row) for row in page.rows], "next": page.next_cursor}
        )


class WebhookDeliveryById(APIView):
    required_scopes = {"GET": SCOPE}

    @extend_schema(
        operation_id="get_webhook_delivery",
        tags=TAGS,
        responses={200: DeliveryAnswer},
        examples=[OpenApiExample("a delivery", value=_DELIVERY)],
    )
    def get(self, request: Request, endpoint_id: str, reference: str) -> Response:
        delivery = find_delivery(
            e_service_id=calling(request).e_service_id,
            endpoint_id=endpoint_id,
            reference=reference,
        )
        return Response(_answer(delivery))


class WebhookDeliveryReplay(IdempotentMixin):
    required_scopes = {"POST": SCOPE}
    idempotency_route = "webhook-endpoints/deliveries/replay"

    @extend_schema(
        operation_id="replay_webhook_delivery",
        tags=TAGS,
        request=None,
        responses={202: DeliveryAnswer},
        examples=[OpenApiExample("on its way again", value=_DELIVERY)],
    )
    def post(self, request: Request, endpoint_id: str, reference: str) -> Response:
        return super().post(request, endpoint_id=endpoint_id, reference=reference)

    def create(self, request: Request, *_args: Any, **kwargs: Any) -> Response:
        delivery = replay_delivery(
            e_service_id=calling(request).e_service_id,
            endpoint_id=kwargs["endpoint_id"],
            reference=kwargs["reference"],
            at=timezone.now(),
        )
        return Response(_answer(delivery), status=202)


class WebhookEndpointReplay(IdempotentMixin):
    required_scopes = {"POST": SCOPE}
    idempotency_route = "webhook-endpoints/replay"

    @extend_schema(
        operation_id="replay_webhook_events",
        tags=TAGS,
        request=ReplayBody,
        responses={202: ReplayAnswer},
        examples=[
            OpenApiExample(
                "an afternoon",
                request_only=True,
                value={
                    "since": "2026-03-03T14:00:00+08:00",
                    "until": "2026-03-03T18:00:00+08:00",
                },
            ),
            OpenApiExample("replayed", response_only=True, value={"replayed": 17}),
        ],
    )
    def post(self, request: Request, endpoint_id: str) -> Response:
        return super().post(request, endpoint_id=endpoint_id)

    def create(self, request: Request, *_args: Any, **kwargs: Any) -> Response:
        wished = ReplayBody(data=request.data)
        wished.is_valid(raise_exception=True)
        replayed = replay_range(
            e_service_id=calling(request).e_service_id,
            endpoint_id=kwargs["endpoint_id"],
            at=timezone.now(),
            **wished.validated_data,
        )
        return Response({"replayed": replayed}, status=202)


class WebhookEndpointTest(IdempotentMixin):
    required_scopes = {"POST": SCOPE}
    idempotency_route = "webhook-endpoints/test"

    @extend_schema(
        operation_id="test_webhook_endpoint",
        tags=TAGS,
        request=None,
        responses={202: DeliveryAnswer},
        examples=[OpenApiExample("on its way", value={**_FIRST, "type": "webhook.test"})],
    )
    def post(self, request: Request, endpoint_id: str) -> Response:
        return super().post(request, endpoint_id=endpoint_id)

    def create(self, request: Request, *_args: Any, **kwargs: Any) -> Response:
        delivery = fire_test(
            e_service_id=calling(request).e_service_id,
            endpoint_id=kwargs["endpoint_id"],
            at=timezone.now(),
        )
        return Response(_answer(delivery), status=202)
