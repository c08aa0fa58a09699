"""`/api/v1/outages`: what is, was or will be away, signed, for anybody; and the keys for it."""

from typing import Any, ClassVar

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from corpid.keys.models import Purpose
from corpid.keys.services.publish_jwks import publish_jwks
from corpid.operations.api import examples
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.publish_outages import publish_outages

_SECONDS_CACHED = 5
_TAGS = ["Outages"]


class OutageTextAnswer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            "en": serializers.CharField(),
            "zh-Hant": serializers.CharField(),
            "zh-Hans": serializers.CharField(),
        }


class OutageAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(
        ["switch", "announced"], help_text="Whether we turned a function off, or announced it."
    )
    state = serializers.ChoiceField(
        ["planned", "current", "over"], help_text="At the moment `iat` of the signed statement."
    )
    functions = serializers.ListField(child=serializers.ChoiceField(SwitchedFunction.values))
    client_id = serializers.CharField(
        allow_null=True, help_text="The e-service whose sign-in alone is away."
    )
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True, help_text="null: not known yet.")
    told_at = serializers.DateTimeField(help_text="When it was written down.")
    text = OutageTextAnswer()


class OutagesAnswer(serializers.Serializer[Any]):
    outages = OutageAnswer(many=True)
    signed = serializers.CharField(
        help_text="A JWS (ES256, `typ` outages+jwt) with iss, iat, exp and the same outages."
    )


class KeysAnswer(serializers.Serializer[Any]):
    keys = serializers.ListField(child=serializers.DictField())


class OpenView(APIView):
    required_scopes: ClassVar[dict[str, None]] = {"GET": None}


class Outages(OpenView):
    @extend_schema(
        operation_id="list_outages",
        tags=_TAGS,
        auth=[],
        responses={200: OutagesAnswer},
        examples=[OpenApiExample("a switch and a maintenance", value=examples.OUTAGES)],
    )
    def get(self, _request: Request) -> Response:
        """List what is away, will be, or was within a year; the latest beginning first.

        A switch that is on again is listed if it was off for five minutes or more.
        """
        published = publish_outages(at=timezone.now())
        return Response(
            {"outages": published.outages, "signed": published.signed},
            headers=_for_anybody(_SECONDS_CACHED),
        )


class OutageKeys(OpenView):
    @extend_schema(
        operation_id="list_outage_keys",
        tags=_TAGS,
        auth=[],
        responses={200: KeysAnswer},
        examples=[OpenApiExample("one key", value=examples.KEYS)],
    )
    def get(self, _request: Request) -> Response:
        """Give the keys of signed outages (RFC 7517); they stay listed for ever."""
        return Response(
            publish_jwks([Purpose.OUTAGE], at=timezone.now()),
            headers=_for_anybody(settings.JWKS_CACHE_SECONDS),
        )


def _for_anybody(seconds: int) -> dict[str, str]:
    return {
        "Cache-Control": f"public, max-age={seconds}",
        "Access-Control-Allow-Origin": "*",
    }
