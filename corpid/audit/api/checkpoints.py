"""`/audit/…`: the head of the log, its key, and proofs, for anybody."""

import base64
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from corpid.audit.api import examples
from corpid.audit.origin import published_verifier_keys
from corpid.audit.services.find_checkpoint import find_checkpoint
from corpid.audit.services.prove_consistency import prove_consistency
from corpid.audit.services.prove_inclusion import prove_inclusion

_TEXT = "text/plain; charset=utf-8"
_LARGEST_SIZE = 2**63 - 1


def _size(*, required: bool = True) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=_LARGEST_SIZE, required=required)


class InclusionQuery(serializers.Serializer[Any]):
    event = serializers.UUIDField()
    size = _size(required=False)


class ConsistencyQuery(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {"from": _size(), "to": _size(required=False)}  # `from` is a word of Python


class InclusionAnswer(serializers.Serializer[Any]):
    event = serializers.UUIDField()
    index = serializers.IntegerField(help_text="Which leaf of the tree it is, from 0.")
    leaf_hash = serializers.CharField(
        help_text="Base64; of the event's content (RFC 6962, 2.1)."
    )
    proof = serializers.ListField(
        child=serializers.CharField(),
        help_text="Base64, from the leaf's neighbour up to the root.",
    )
    checkpoint = serializers.CharField(help_text="The head that the proof leads to.")


class ConsistencyAnswer(serializers.Serializer[Any]):
    proof = serializers.ListField(
        child=serializers.CharField(), help_text="Base64 (RFC 6962, 2.1.2)."
    )
    first = serializers.CharField(help_text="The smaller checkpoint.")
    second = serializers.CharField(help_text="The one that is shown to add to it.")


class OpenView(APIView):
    required_scopes: ClassVar[dict[str, None]] = {"GET": None}


def _number(name: str, told: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.INT64, required=required, description=told)


class CheckpointView(OpenView):
    problem_statuses: ClassVar[dict[str, set[int]]] = {"GET": {404}}

    @extend_schema(
        operation_id="get_checkpoint",
        tags=["Audit log"],
        auth=[],
        responses={(200, "text/plain"): OpenApiTypes.STR},
        examples=[OpenApiExample("a head of five events", value=examples.CHECKPOINT_OF_5)],
    )
    def get(self, _request: Request) -> HttpResponse:
        """Give the latest checkpoint (C2SP tlog-checkpoint)."""
        return HttpResponse(find_checkpoint().note, content_type=_TEXT)


class PublicKeyView(OpenView):
    @extend_schema(
        operation_id="get_audit_public_key",
        tags=["Audit log"],
        auth=[],
        responses={(200, "text/plain"): OpenApiTypes.STR},
        examples=[OpenApiExample("one key", value=examples.VERIFIER_KEYS)],
    )
    def get(self, _request: Request) -> HttpResponse:
        """Give the verifier keys (C2SP signed-note), one a line, the newest first."""
        keys = published_verifier_keys(at=timezone.now())
        return HttpResponse("".join(f"{key}\n" for key in keys), content_type=_TEXT)


class InclusionProofView(OpenView):
    problem_statuses: ClassVar[dict[str, set[int]]] = {"GET": {404, 422}}

    @extend_schema(
        operation_id="prove_inclusion",
        tags=["Audit log"],
        auth=[],
        parameters=[
            OpenApiParameter("event", OpenApiTypes.UUID, required=True),
            _number("size", "Of a checkpoint that you hold; without it, the latest."),
        ],
        responses={200: InclusionAnswer},
        examples=[OpenApiExample("the fourth event of five", value=examples.INCLUSION)],
    )
    def get(self, request: Request) -> Response:
        """Prove that an event stands in the log (RFC 6962, section 2.1.1)."""
        query = InclusionQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        proof = prove_inclusion(event_id=asked["event"], size=asked.get("size"))
        return Response(
            {
                "event": str(proof.event_id),
                "index": proof.index,
                "leaf_hash": _base64(proof.leaf),
                "proof": [_base64(step) for step in proof.hashes],
                "checkpoint": proof.checkpoint.note,
            }
        )


class ConsistencyProofView(OpenView):
    problem_statuses: ClassVar[dict[str, set[int]]] = {"GET": {404, 422}}

    @extend_schema(
        operation_id="prove_consistency",
        tags=["Audit log"],
        auth=[],
        parameters=[
            _number("from", "Size of the smaller checkpoint.", required=True),
            _number("to", "Size of the larger one; without it, the latest."),
        ],
        responses={200: ConsistencyAnswer},
        examples=[OpenApiExample("from three events to five", value=examples.CONSISTENCY)],
    )
    def get(self, request: Request) -> Response:
        """Prove that the log only adds to what it was (RFC 6962, section 2.1.2)."""
        query = ConsistencyQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        proof = prove_consistency(first=asked["from"], second=asked.get("to"))
        return Response(
            {
                "proof": [_base64(step) for step in proof.hashes],
                "first": proof.first.note,
                "second": proof.second.note,
            }
        )


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
