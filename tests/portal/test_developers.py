"""The OpenAPI document and the reference that is drawn from it."""

import json

import pytest
from django.test import Client
from django.utils import translation

from corpid.errors import CorpIDError
from corpid.files.storage import StorageAway, StorageFull
from corpid.portal.openapi import openapi_document
from corpid.portal.reference import read_reference
from corpid.problems import status_of

pytestmark = pytest.mark.django_db

DOCUMENT = {
    "paths": {
        "/api/v1/teapots": {
            "post": {
                "operationId": "make_teapot",
                "tags": ["Teapots"],
                "description": "Make one.",
                "x-required-scopes": ["tea"],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/Teapot"},
                            "examples": {"one": {"value": {"name": "茶壺"}}},
                        }
                    }
                },
                "responses": {"201": {"description": "Made."}},
            }
        }
    },
    "components": {
        "schemas": {
            "Teapot": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "description": "What it is called."},
                    "cups": {"type": "array", "items": {"$ref": "#/components/schemas/Cup"}},
                },
            },
            "Cup": {"type": "object", "properties": {"size": {"enum": ["small", "large"]}}},
        }
    },
}


def test_a_body_is_flattened_with_its_meaning() -> None:
    [group] = read_reference(DOCUMENT)
    [operation] = group.operations

    assert (group.name, operation.method, operation.scopes) == ("Teapots", "POST", ("tea",))
    assert [(field.name, field.kind, field.is_required) for field in operation.body] == [
        ("name", "string", True),
        ("cups", "array", False),
        ("cups[].size", "one of: small, large", False),
    ]
    assert operation.body_example == '{\n  "name": "茶壺"\n}'


def test_the_document_is_openapi_3_1_and_open_to_tools(client: Client) -> None:
    answer = client.get("/api/v1/openapi.json")

    assert answer.json()["openapi"].startswith("3.1")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "public, max-age=300"


def test_the_document_does_not_speak_the_language_of_its_first_reader() -> None:
    openapi_document.cache_clear()

    with translation.override("zh-hant"):
        document = json.dumps(openapi_document(), ensure_ascii=False, default=str)
    openapi_document.cache_clear()

    assert document == json.dumps(openapi_document(), ensure_ascii=False, default=str)


def test_every_operation_of_the_api_tells_its_scopes_and_problems() -> None:
    document = openapi_document()

    for path, operations in document["paths"].items():
        assert path.startswith(("/api/v1/", "/audit/"))
        for method, operation in operations.items():
            where = f"{method} {path}"
            is_open = operation["security"] == []
            assert is_open != bool(operation.get("x-required-scopes")), where
            assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_every_operation_tells_that_a_part_of_ours_can_be_away() -> None:
    with_files = set()
    for operations in openapi_document()["paths"].values():
        for operation in operations.values():
            answers, name = operation["responses"], operation["operationId"]
            for status in ("429", "503"):
                assert answers[status]["headers"]["Retry-After"]["schema"]["type"] == "integer"
            if "507" in answers:
                with_files.add(name)

    assert with_files == {"open_signature_request", "verify_document"}


@pytest.mark.parametrize(("status", "error"), [("503", StorageAway), ("507", StorageFull)])
def test_the_example_of_what_is_away_is_what_is_answered(
    status: str, error: type[CorpIDError]
) -> None:
    answers = openapi_document()["paths"]["/api/v1/verifications"]["post"]["responses"]

    told = answers[status]["content"]["application/problem+json"]["example"]

    assert (told["code"], told["status"]) == (error.code, status_of(error))
    assert int(status) == told["status"]


def test_the_reference_shows_every_operation(client: Client) -> None:
    page = client.get("/developers/reference").content.decode()

    for operations in openapi_document()["paths"].values():
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page


def test_the_fields_of_problems_stand_once_on_the_page(client: Client) -> None:
    page = client.get("/developers/reference").content.decode()

    calls, problems = page.split('id="problems"')
    assert "trace_id" in problems
    assert "trace_id" not in calls
    assert "application/problem+json" in calls  # with its status, at each call
