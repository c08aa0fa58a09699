"""Real answers of the signing API against its own OpenAPI document, no member more or less."""

import base64
from typing import Any

import jsonschema_rs
import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from authentication.models import Company
from corpid.files.services.open_file import open_file
from corpid.portal.openapi import openapi_document
from signatures.models import Verification
from signatures.services.fail_verification import fail_verification
from tests.makers import make_e_service
from tests.signatures.conftest import House
from tests.signatures.test_machine_doors import URL, body_of, client_of

VERIFICATIONS = "/api/v1/verifications"


def closed(schema: Any) -> Any:
    """Let no object of the document have members that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(each) for name, each in schema.items()}
    return {"additionalProperties": False} | inner if "properties" in schema else inner


def faults(answer: dict[str, Any], operation_id: str, status: int) -> list[str]:
    """Say where the answer is not what the operation's documented schema says."""
    document = openapi_document()
    [operation] = [
        each
        for operations in document["paths"].values()
        for each in operations.values()
        if each["operationId"] == operation_id
    ]
    documented = operation["responses"][str(status)]["content"]["application/json"]
    schema = closed({**documented["schema"], "components": document["components"]})
    validator = jsonschema_rs.Draft202012Validator(schema)
    return [
        f"{error.instance_path}: {error.message}" for error in validator.iter_errors(answer)
    ]


def examples_of(operation_id: str) -> list[tuple[int, dict[str, Any]]]:
    return [
        (int(status), example["value"])
        for operations in openapi_document()["paths"].values()
        for operation in operations.values()
        if operation["operationId"] == operation_id
        for status, answer in operation["responses"].items()
        if int(status if status.isdigit() else 0) in range(200, 300)
        for example in answer["content"]["application/json"].get("examples", {}).values()
    ]


def test_a_request_for_signature_is_answered_as_documented(house: House, pdf: bytes) -> None:
    Company.objects.filter(pk=house.company.pk).update(enrolled_at=timezone.now())
    client = client_of(make_e_service(scopes=("sign",)))

    opened = client.post(URL, body_of(house, pdf), format="json").json()
    read = client.get(f"{URL}/{opened['id']}").json()

    assert faults(opened, "open_signature_request", 201) == []
    assert faults(read, "read_signature_request", 200) == []


def test_verdicts_are_answered_as_documented(house: House, pdf: bytes) -> None:
    request = house.signed(pdf)
    client = client_of(make_e_service(scopes=("sign",)))
    signed = request.documents.get()
    contents = [pdf, b"%PDF-1.4 garbage %%EOF"]
    with open_file(signed.signed_digest) as file:
        contents.append(file.read())
    sent = [
        client.post(
            VERIFICATIONS, {"content": base64.b64encode(content).decode()}, format="json"
        )
        for content in contents
    ]
    house.run_jobs()

    read = [client.get(each["Location"]).json() for each in sent]

    assert [faults(each.json(), "verify_document", 202) for each in sent] == [[], [], []]
    assert [faults(each, "read_verification", 200) for each in read] == [[], [], []]
    assert [each["finding"] for each in read] == [None, "file_unreadable", None]
    assert len(read[2]["time_stamps"]) == 1


@pytest.mark.parametrize(
    "operation_id",
    [
        "open_signature_request",
        "read_signature_request",
        "verify_document",
        "read_verification",
    ],
)
def test_the_examples_are_as_documented_too(operation_id: str) -> None:
    found = examples_of(operation_id)

    assert found
    for status, example in found:
        assert faults(example, operation_id, status) == []


def test_a_member_too_many_or_too_few_would_be_noticed() -> None:
    [(status, example), *_] = examples_of("open_signature_request")
    fewer = {name: each for name, each in example.items() if name != "links"}

    assert faults({**example, "secret": "x"}, "open_signature_request", status)
    assert faults(fewer, "open_signature_request", status)


def test_a_verification_that_failed_is_a_final_answer(house: House, pdf: bytes) -> None:
    client = APIClient()
    body = {"content": base64.b64encode(pdf).decode()}
    sent = client.post(VERIFICATIONS, body, format="json")
    verification = Verification.objects.get(reference=sent.json()["id"])

    fail_verification(verification=verification, at=timezone.now())
    read = client.get(sent["Location"])

    assert (sent.status_code, read.status_code) == (202, 200)
    assert (read.json()["status"], read.json()["level"]) == ("failed", None)
    assert faults(read.json(), "read_verification", 200) == []
    assert house.company.ubi
