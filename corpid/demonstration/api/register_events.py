"""`POST /api/v1/sandbox/register-events`: let something happen in the simulated registers."""

from typing import Any

import orjson
from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from corpid.api.parsers import read_json
from corpid.api.serializers import StrictSerializer
from corpid.errors import Invalid, NotAvailable, gettext_noop
from corpid.meters.counted import CallPurpose
from corpid.outbound.client import guarded_client

_CREATED = 201


class EventRefused(Invalid):
    code = "register_event_refused"
    title = gettext_noop("The simulated registers do not take this event.")
    remedy = gettext_noop("See the kinds at the simulator's /events, and what each needs.")


class NoSimulator(NotAvailable):
    code = "register_simulator_absent"
    title = gettext_noop("No register simulator is running.")
    remedy = gettext_noop("Start the sandbox with make run; it brings one.")


class OfficerBody(StrictSerializer):
    name_en = serializers.CharField(max_length=200)
    name_tc = serializers.CharField(max_length=100, required=False)
    capacity = serializers.CharField(max_length=30)
    identity_number = serializers.CharField(max_length=20, required=False)


class RegisterEventBody(StrictSerializer):
    kind = serializers.CharField(max_length=30)
    ubi = serializers.CharField(max_length=8)
    name_en = serializers.CharField(max_length=300, required=False)
    name_tc = serializers.CharField(max_length=200, required=False)
    officer = serializers.CharField(max_length=200, required=False)
    appoint = OfficerBody(required=False)
    capacity = serializers.CharField(max_length=30, required=False)
    into = serializers.CharField(max_length=8, required=False)
    expires_on = serializers.DateField(required=False)


class RegisterEventAnswer(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    ubi = serializers.CharField()


class RegisterEvents(APIView):
    authentication_classes: list[type] = []
    required_scopes = {"POST": None}

    @extend_schema(
        operation_id="make_register_event",
        tags=["Sandbox"],
        auth=[],
        request=RegisterEventBody,
        responses={201: RegisterEventAnswer},
        examples=[
            OpenApiExample(
                "a company gets another name",
                value={"kind": "rename", "ubi": "71234567", "name_en": "GH FOODS LIMITED"},
                request_only=True,
            ),
            OpenApiExample(
                "it has happened",
                value={
                    "sequence": 1,
                    "at": "2026-03-03T06:02:00Z",
                    "kind": "rename",
                    "ubi": "71234567",
                },
                response_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Let something happen there; GET the simulator's /events for what can."""
        body = RegisterEventBody(data=request.data)
        body.is_valid(raise_exception=True)
        if not settings.REGISTERS_URL:
            raise NoSimulator
        answer = guarded_client().request(
            "POST",
            f"{settings.REGISTERS_URL}/events",
            headers={"Content-Type": "application/json"},
            content=orjson.dumps(body.validated_data),
            purpose=CallPurpose.DEMONSTRATION,
        )
        told = read_json(answer.content)
        if answer.status != _CREATED:
            raise EventRefused(str(told))
        return Response({name: told[name] for name in RegisterEventAnswer().fields}, status=201)
