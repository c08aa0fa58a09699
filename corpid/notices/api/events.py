"""`GET /api/v1/events`: what happened, for e-services whose firewall lets nothing in."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from corpid.api.cursors import read_limit
from corpid.notices.api.caller import calling
from corpid.notices.services.read_events import read_events


class EventAnswer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The same as the webhook-id of its webhooks.")
    type = serializers.CharField()
    timestamp = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]  # the name in the answer


class EventsAnswer(serializers.Serializer[Any]):
    results = EventAnswer(many=True)
    has_more = serializers.BooleanField()


EVENT = {
    "id": "evt_8c2h7j4f8s2k7m1q9d3x6b0v5n",
    "type": "signature_request.complete",
    "timestamp": "2026-03-03T06:02:00+00:00",
    "data": {
        "id": "sig_4f8s2k7m1q9d3x6b0v5n8c2h7j",
        "company": "71234567",
        "status": "complete",
    },
}


class Events(APIView):
    required_scopes = {"GET": {"events"}}
    problem_statuses = {"GET": {404}}

    @extend_schema(
        operation_id="list_events",
        tags=["Events"],
        parameters=[
            OpenApiParameter(
                "since",
                str,
                description="Id of the last event that you have; left out: from the oldest.",
            ),
            OpenApiParameter("limit", int, description="1 to 200, 50 if left out."),
        ],
        responses={200: EventsAnswer},
        examples=[OpenApiExample("one", value={"results": [EVENT], "has_more": False})],
    )
    def get(self, request: Request) -> Response:
        found = read_events(
            e_service_id=calling(request).e_service_id,
            since=request.query_params.get("since"),
            limit=read_limit(request.query_params.get("limit")),
        )
        return Response(
            {
                "results": [event.payload() for event in found.events],
                "has_more": found.has_more,
            }
        )
