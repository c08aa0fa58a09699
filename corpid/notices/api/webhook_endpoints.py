"""`/api/v1/webhook-endpoints`: where an e-service wants its events."""

from datetime import timedelta
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
from corpid.notices.models import WebhookEndpoint
from corpid.notices.services.change_endpoint import change_endpoint
from corpid.notices.services.delete_endpoint import delete_endpoint
from corpid.notices.services.find_endpoint import find_endpoint
from corpid.notices.services.register_endpoint import Registered, register_endpoint
from corpid.notices.services.rotate_secret import LONGEST_OVERLAP, rotate_secret

SCOPE = {"events"}
TAGS = ["Events"]
_MOST_TYPES = 50
_DAY = int(timedelta(days=1).total_seconds())


def _event_types(**options: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=60),
        max_length=_MOST_TYPES,
        help_text="The types that are sent; empty: all.",
        **options,
    )


class EndpointBody(StrictSerializer):
    url = serializers.CharField(
        max_length=500, help_text="https, a public host, port 443 or 8443."
    )
    event_types = _event_types(default=list)
    description = serializers.CharField(max_length=200, default="", allow_blank=True)


class EndpointChange(StrictSerializer):
    url = serializers.CharField(max_length=500, required=False)
    event_types = _event_types(required=False)
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    is_in_use = serializers.BooleanField(
        required=False, help_text="false holds everything back; true starts again."
    )


class RotationBody(StrictSerializer):
    overlap_seconds = serializers.IntegerField(
        min_value=0,
        max_value=int(LONGEST_OVERLAP.total_seconds()),
        default=_DAY,
        help_text="How long the replaced secret signs along; 0 if it leaked.",
    )


class EndpointAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    url = serializers.CharField()
    event_types = serializers.ListField(child=serializers.CharField())
    description = serializers.CharField()
    is_in_use = serializers.BooleanField()
    switched_off_because = serializers.CharField(
        allow_null=True, help_text="owner, or gone: it answered 410."
    )
    failures_in_a_row = serializers.IntegerField()
    rests_until = serializers.DateTimeField(
        allow_null=True, help_text="After three failures it is left alone until then."
    )
    created_at = serializers.DateTimeField()


class EndpointWithSecret(EndpointAnswer):
    secret = serializers.CharField(
        allow_null=True, help_text="Shown this once; null when the call is repeated."
    )


class EndpointsAnswer(serializers.Serializer[Any]):
    results = EndpointAnswer(many=True)
    next = serializers.CharField(allow_null=True)


ENDPOINT = {
    "id": "whe_3x6b0v5n8c2h7j4f8s2k7m1q9d",
    "url": "https://forms.example/corp-id-events",
    "event_types": ["signature_request.complete"],
    "description": "The forms' server",
    "is_in_use": True,
    "switched_off_because": None,
    "failures_in_a_row": 0,
    "rests_until": None,
    "created_at": "2026-03-03T06:02:00Z",
}
_WITH_SECRET = {**ENDPOINT, "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD8e2gX0jYz1o="}


def _answer(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "event_types": endpoint.event_types,
        "description": endpoint.description,
        "is_in_use": endpoint.is_in_use,
        "switched_off_because": endpoint.switched_off or None,
        "failures_in_a_row": endpoint.failures_in_a_row,
        "rests_until": endpoint.rests_until,
        "created_at": endpoint.created_at,
    }


def _with_secret(registered: Registered) -> dict[str, Any]:
    return {**_answer(registered.endpoint), "secret": registered.secret}


class _ShowsASecretOnce(IdempotentMixin):
    def answer_to_keep(self, answer: Any) -> Any:
        return {**answer, "secret": None}


class WebhookEndpoints(_ShowsASecretOnce):
    required_scopes = {"GET": SCOPE, "POST": SCOPE}
    idempotency_route = "webhook-endpoints"

    @extend_schema(
        operation_id="list_webhook_endpoints",
        tags=TAGS,
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: EndpointsAnswer},
        examples=[OpenApiExample("one", value={"results": [ENDPOINT], "next": None})],
    )
    def get(self, request: Request) -> Response:
        mine = WebhookEndpoint.objects.filter(e_service_id=calling(request).e_service_id)
        page = page_after(mine, request=request, read_key=str)
        return Response(
            {"results": [_answer(row) for row in page.rows], "next": page.next_cursor}
        )

    @extend_schema(
        operation_id="register_webhook_endpoint",
        tags=TAGS,
        request=EndpointBody,
        responses={201: EndpointWithSecret},
        examples=[
            OpenApiExample(
                "wished",
                request_only=True,
                value={
                    "url": "https://forms.example/corp-id-events",
                    "event_types": ["signature_request.complete"],
                    "description": "The forms' server",
                },
            ),
            OpenApiExample("registered", response_only=True, value=_WITH_SECRET),
        ],
    )
    def post(self, request: Request) -> Response:
        return super().post(request)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        caller = calling(request)
        wished = EndpointBody(data=request.data)
        wished.is_valid(raise_exception=True)
        registered = register_endpoint(
            e_service_id=caller.e_service_id,
            client_id=caller.client_id,
            at=timezone.now(),
            **wished.validated_data,
        )
        where = f"/api/v1/webhook-endpoints/{registered.endpoint.id}"
        return Response(_with_secret(registered), status=201, headers={"Location": where})


class WebhookEndpointById(APIView):
    required_scopes = {"GET": SCOPE, "PATCH": SCOPE, "DELETE": SCOPE}
    problem_statuses = {"PATCH": {409}}

    @extend_schema(
        operation_id="get_webhook_endpoint",
        tags=TAGS,
        responses={200: EndpointAnswer},
        examples=[OpenApiExample("an endpoint", value=ENDPOINT)],
    )
    def get(self, request: Request, endpoint_id: str) -> Response:
        return Response(
            _answer(
                find_endpoint(
                    e_service_id=calling(request).e_service_id, endpoint_id=endpoint_id
                )
            )
        )

    @extend_schema(
        operation_id="change_webhook_endpoint",
        tags=TAGS,
        request=EndpointChange,
        responses={200: EndpointAnswer},
        examples=[
            OpenApiExample("start again", request_only=True, value={"is_in_use": True}),
            OpenApiExample("changed", response_only=True, value=ENDPOINT),
        ],
    )
    def patch(self, request: Request, endpoint_id: str) -> Response:
        caller = calling(request)
        wished = EndpointChange(data=request.data)
        wished.is_valid(raise_exception=True)
        endpoint = change_endpoint(
            e_service_id=caller.e_service_id,
            client_id=caller.client_id,
            endpoint_id=endpoint_id,
            at=timezone.now(),
            **wished.validated_data,
        )
        return Response(_answer(endpoint))

    @extend_schema(operation_id="delete_webhook_endpoint", tags=TAGS, responses={204: None})
    def delete(self, request: Request, endpoint_id: str) -> Response:
        caller = calling(request)
        delete_endpoint(
            e_service_id=caller.e_service_id,
            client_id=caller.client_id,
            endpoint_id=endpoint_id,
            at=timezone.now(),
        )
        return Response(status=204)


class WebhookEndpointRotate(_ShowsASecretOnce):
    required_scopes = {"POST": SCOPE}
    idempotency_route = "webhook-endpoints/rotate"

    @extend_schema(
        operation_id="rotate_webhook_secret",
        tags=TAGS,
        request=RotationBody,
        responses={200: EndpointWithSecret},
        examples=[
            OpenApiExample("by the book", request_only=True, value={"overlap_seconds": _DAY}),
            OpenApiExample("rotated", response_only=True, value=_WITH_SECRET),
        ],
    )
    def post(self, request: Request, endpoint_id: str) -> Response:
        return super().post(request, endpoint_id=endpoint_id)

    def create(self, request: Request, *_args: Any, **kwargs: Any) -> Response:
        caller = calling(request)
        wished = RotationBody(data=request.data)
        wished.is_valid(raise_exception=True)
        rotated = rotate_secret(
            e_service_id=caller.e_service_id,
            client_id=caller.client_id,
            endpoint_id=kwargs["endpoint_id"],
            overlap=timedelta(seconds=wished.validated_data["overlap_seconds"]),
            at=timezone.now(),
        )
        return Response(_with_secret(rotated))
