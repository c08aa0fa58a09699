"""`GET /api/v1/data-items`: the public catalogue."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from prefill.catalogue import ITEMS, DataItemDefinition


class DepartmentAnswer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.DictField(child=serializers.CharField())


class DataItemAnswer(serializers.Serializer[Any]):
    key = serializers.CharField()
    version = serializers.IntegerField()
    subject = serializers.ChoiceField(["company", "person"])
    sensitivity = serializers.ChoiceField(["public", "restricted", "protected"])
    source = serializers.CharField(  # type: ignore[assignment]  # the name in the answer
        help_text="The register that answers for it."
    )
    department = DepartmentAnswer()
    labels = serializers.DictField(child=serializers.CharField())
    schema = serializers.DictField(help_text="JSON Schema 2020-12 of a value.")
    examples = serializers.ListField()
    code_list = serializers.ListField(child=serializers.CharField())
    max_age_days = serializers.IntegerField()


class DataItemsAnswer(serializers.Serializer[Any]):
    results = DataItemAnswer(many=True)
    next = serializers.CharField(allow_null=True)


def _answer(item: DataItemDefinition) -> dict[str, Any]:
    department = item.department
    return {
        "key": item.key,
        "version": item.version,
        "subject": item.subject,
        "sensitivity": item.sensitivity,
        "source": item.register,
        "department": {
            "slug": department.slug,
            "name": {
                "en": department.name_en,
                "zh-Hant": department.name_tc,
                "zh-Hans": department.name_sc,
            },
        },
        "labels": {
            "en": item.label_en,
            "zh-Hant": item.label_tc,
            "zh-Hans": item.label_sc,
        },
        "schema": dict(item.schema),
        "examples": list(item.examples),
        "code_list": list(item.code_list),
        "max_age_days": item.max_age_days,
    }


class DataItems(APIView):
    authentication_classes = []
    required_scopes = {"GET": None}

    @extend_schema(
        operation_id="list_data_items",
        tags=["Pre-filled forms"],
        auth=[],
        responses={200: DataItemsAnswer},
        examples=[
            OpenApiExample("one item", value={"results": [_answer(ITEMS[1])], "next": None})
        ],
    )
    def get(self, _request: Request) -> Response:
        """Everything that can be asked for; the whole catalogue fits one page."""
        return Response(
            {"results": [_answer(item) for item in ITEMS], "next": None},
            headers={"Cache-Control": "public, max-age=300"},
        )
