import base64
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jsonschema_rs
import pytest
from django.test import Client

from corpid.audit.api import examples
from corpid.audit.models import Event
from corpid.audit.services.publish_checkpoint import publish_checkpoint
from corpid.audit.services.record_event import record_event
from corpid.audit.services.seal_events import seal_events
from corpid.portal.openapi import openapi_document
from corpid.protocols.checkpoint import Checkpoint, VerifierKey, read_checkpoint
from corpid.protocols.merkle import verify_consistency, verify_inclusion

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("log")


@pytest.fixture
def events() -> list[Event]:
    """Three events under a first checkpoint, ten under a second, one in none."""
    made = []
    for count in (3, 7, 1):
        publish_checkpoint(at=NOW)
        made += [
            record_event(kind="k", at=NOW, actor="system", subject=f"s:{number}")
            for number in range(count)
        ]
        seal_events()
    return made


def trusted(client: Client, note: str) -> Checkpoint:
    key = VerifierKey.read(client.get("/audit/public-key").content.decode())
    return read_checkpoint(note, key=key)


def decoded(proof: list[str]) -> list[bytes]:
    return [base64.b64decode(step) for step in proof]


def test_anybody_reads_the_latest_checkpoint(client: Client, events: list[Event]) -> None:
    answer = client.get("/audit/checkpoint")

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert trusted(client, answer.content.decode()).size == 10


def test_every_event_is_proved_to_stand_under_it(client: Client, events: list[Event]) -> None:
    for index, event in enumerate(events[:10]):
        proof = client.get("/audit/proofs/inclusion", {"event": str(event.id)}).json()

        head = trusted(client, proof["checkpoint"])
        assert base64.b64decode(proof["leaf_hash"]) == bytes(event.hash)
        verify_inclusion(
            leaf=bytes(event.hash),
            index=index,
            size=head.size,
            proof=decoded(proof["proof"]),
            root=head.root,
        )


def test_the_second_checkpoint_is_proved_to_extend_the_first(
    client: Client, events: list[Event]
) -> None:
    proof = client.get("/audit/proofs/consistency", {"from": 3, "to": 10}).json()

    first, second = trusted(client, proof["first"]), trusted(client, proof["second"])
    assert (first.size, second.size) == (3, 10)
    verify_consistency(
        first=3,
        second=10,
        first_root=first.root,
        second_root=second.root,
        proof=decoded(proof["proof"]),
    )


def test_what_is_not_under_a_checkpoint_is_not_proved(
    client: Client, events: list[Event]
) -> None:
    asked: list[tuple[dict[str, str | int], int, str]] = [
        ({"event": str(events[10].id)}, 404, "event_not_in_log"),
        ({"event": str(uuid4())}, 404, "event_not_in_log"),
        ({"event": str(events[5].id), "size": 3}, 404, "event_not_in_log"),
        ({"event": str(events[5].id), "size": 9}, 422, "no_such_checkpoint"),
        ({"event": "x"}, 422, "input_invalid"),
        ({}, 422, "input_invalid"),
        ({"event": str(events[5].id), "size": 2**63}, 422, "input_invalid"),
    ]
    for query, status, code in asked:
        answer = client.get("/audit/proofs/inclusion", query)
        assert (answer.status_code, answer.json()["code"]) == (status, code), query


def test_sizes_in_the_wrong_order_are_refused(client: Client, events: list[Event]) -> None:
    answer = client.get("/audit/proofs/consistency", {"from": 10, "to": 3})

    assert (answer.status_code, answer.json()["code"]) == (422, "sizes_out_of_order")


def test_before_the_first_checkpoint_there_is_none(client: Client) -> None:
    answer = client.get("/audit/checkpoint")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_checkpoint_yet")


def test_the_examples_of_the_reference_verify() -> None:
    key = VerifierKey.read(examples.VERIFIER_KEYS)
    first = read_checkpoint(examples.CHECKPOINT_OF_3, key=key)
    second = read_checkpoint(examples.CHECKPOINT_OF_5, key=key)
    inclusion: dict[str, Any] = examples.INCLUSION
    consistency: dict[str, Any] = examples.CONSISTENCY

    verify_inclusion(
        leaf=base64.b64decode(inclusion["leaf_hash"]),
        index=inclusion["index"],
        size=second.size,
        proof=decoded(inclusion["proof"]),
        root=second.root,
    )
    verify_consistency(
        first=first.size,
        second=second.size,
        first_root=first.root,
        second_root=second.root,
        proof=decoded(consistency["proof"]),
    )


def test_answers_are_as_documented(client: Client, events: list[Event]) -> None:
    asked: list[tuple[str, str, dict[str, str | int]]] = [
        ("/audit/proofs/inclusion", "prove_inclusion", {"event": str(events[5].id)}),
        ("/audit/proofs/consistency", "prove_consistency", {"from": 3}),
    ]
    for address, operation, query in asked:
        answer = client.get(address, query).json()

        documented = openapi_document()["paths"][address]["get"]
        content = documented["responses"]["200"]["content"]["application/json"]
        (example,) = content["examples"].values()
        assert documented["operationId"] == operation
        assert answer.keys() == example["value"].keys()
        schema = {
            **content["schema"],
            "components": openapi_document()["components"],
            "unevaluatedProperties": False,
        }
        validator = jsonschema_rs.Draft202012Validator(schema)
        assert list(validator.iter_errors(answer)) == []
        assert list(validator.iter_errors(example["value"])) == []
