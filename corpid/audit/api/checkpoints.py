"""`/audit/…`: the head of the log, its key, and proofs, for anybody."""

import base64
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

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


class OpenView(APIView):
    required_scopes: ClassVar[dict[str, None]] = {"GET": None}


class CheckpointView(OpenView):
    def get(self, _request: Request) -> HttpResponse:
        """Give the latest checkpoint (C2SP tlog-checkpoint)."""
        return HttpResponse(find_checkpoint().note, content_type=_TEXT)


class PublicKeyView(OpenView):
    def get(self, _request: Request) -> HttpResponse:
        """Give the verifier keys (C2SP signed-note), one a line, the newest first."""
        keys = published_verifier_keys(at=timezone.now())
        return HttpResponse("".join(f"{key}\n" for key in keys), content_type=_TEXT)


class InclusionProofView(OpenView):
    def get(self, request: Request) -> Response:
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
    def get(self, request: Request) -> Response:
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
