"""Requests made up from the OpenAPI document, sent to the API, and their answers judged.

Three kinds by turns: what the document allows, what it forbids (both by schemathesis), and the
document's own examples with one place spoilt. Ids that exist stand in for made-up ones in half
of them, so that requests get past "not found". Every caller sends each.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import requests
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode

from corpid.portal.openapi import openapi_document
from tests.generated.world import Caller, Ground

AnyCase = Case[Any]
BASE = "http://testserver"
_NEVER_SENT = {"content-length", "authorization", "dpop", "host", "cookie", "prefer"}
_NEVER_SENT |= {"content-type"}  # sent by itself
_WRONG: list[Any] = [
    *(None, True, 0, -1, 2**53, 1.5, "", " ", "\x7f", "\U0002000b", "x" * 5000, "\u202egnp"),
    *([], {}, [[]], {"": ""}, [None], "00000000", "2026-02-30", "9999-12-31T23:59:59Z"),
    *("0001-01-01T00:00:00+14:00", "1e999", "javascript:alert(1)", "http://[::1", "../../etc"),
]


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes over the wire."""

    method: str
    path: str  # with its query
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Finding:
    what: str
    sent: Sent
    caller: str
    answer: bytes


@dataclass(slots=True)
class Judge:
    """Sends and judges; keeps one finding of each kind."""

    ground: Ground
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    findings: dict[str, Finding] = field(default_factory=dict)
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    @property
    def count(self) -> int:
        return sum(self.statuses.values())

    def try_out(self, operation: str, sent: Sent, caller: str) -> int:
        """Send it, and keep what is wrong with the answer; of no operation, only a 5xx is."""
        answer = self._answer_to(sent, self.ground.callers[caller])
        self.statuses[operation, answer.status_code] += 1
        for fault in self._faults(operation, answer):
            self.findings.setdefault(
                f"{operation}: {fault}", Finding(fault, sent, caller, answer.content[:500])
            )
        return int(answer.status_code)

    def all_findings(self) -> list[str]:
        """Say each once, with what was sent, so that it can be sent again."""
        return [
            f"{name}; {found.caller} sent {found.sent.method} {found.sent.path:.200}"
            f" {found.sent.headers.get('Content-Type', '')} {found.sent.body[:500]!r},"
            f" answered {found.answer[:300]!r}"
            for name, found in sorted(self.findings.items())
        ]

    def _answer_to(self, sent: Sent, caller: Caller) -> Any:
        """Keep what it did only if it did not fail: a broken statement ends a transaction."""
        path = sent.path.split("?", 1)[0]
        kept = {n: v for n, v in sent.headers.items() if n.lower() not in _NEVER_SENT}
        with transaction.atomic():
            answer: Any = self.client.generic(
                sent.method,
                sent.path,
                sent.body,
                content_type=sent.headers.get("Content-Type", ""),
                headers=kept | caller.headers(sent.method, path),
            )
            if getattr(answer, "streaming", False):
                answer.content = b"".join(answer.streaming_content)
            transaction.set_rollback(answer.status_code >= 500)
        return answer

    def _faults(self, operation: str, answer: Any) -> list[str]:
        if answer.status_code >= 500:
            raised = answer.exc_info[1] if answer.exc_info else None
            return [f"{answer.status_code} {raised!r:.160}"]
        documented = documented_answers().get(operation)
        if documented is None:
            return []
        if answer.status_code not in documented:
            return [f"{answer.status_code} is not documented ({_code_of(answer)})"]
        return _faults_of_content(answer, documented[answer.status_code])


def _faults_of_content(answer: Any, validators: dict[str, Any]) -> list[str]:
    kind = answer.get("Content-Type", "").split(";")[0]
    if not validators and not answer.content:
        return []
    if kind not in validators:
        return [f"{answer.status_code} comes as {kind!r}, documented is {list(validators)}"]
    if not kind.endswith("json"):
        return []
    return [
        f"{answer.status_code} {error.instance_path}: {error.message[:100]}"
        for error in validators[kind].iter_errors(json.loads(answer.content))
    ][:1]


def _code_of(answer: Any) -> str:
    try:
        return str(json.loads(answer.content).get("code"))
    except ValueError:
        return ""


@cache
def documented_answers() -> dict[str, dict[int, dict[str, Any]]]:
    """Compile a validator for every documented operation, status and media type."""
    document = openapi_document()
    return {
        operation["operationId"]: {
            int(status): {
                kind: jsonschema_rs.Draft202012Validator(
                    {**content.get("schema", {}), "components": document["components"]}
                )
                for kind, content in answer.get("content", {}).items()
            }
            for status, answer in operation["responses"].items()
            if status.isdigit()
        }
        for operations in document["paths"].values()
        for operation in operations.values()
    }


@cache
def documented_operations() -> list[APIOperation[Any, Any, Any, Any]]:
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(openapi_document())))
    return [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]  # all are


def operation_id(operation: APIOperation[Any, Any, Any, Any]) -> str:
    return str(operation.definition.raw["operationId"])


def requests_for(
    operation: APIOperation[Any, Any, Any, Any], ground: Ground
) -> st.SearchStrategy[Sent]:
    """Make up a request to one operation."""
    kinds = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

    @st.composite
    def made_up(draw: st.DrawFn) -> Sent:
        case: AnyCase = draw(st.one_of(kinds))
        _put_live_ids(draw, case, operation, ground)
        examples = _examples_of(operation_id(operation))
        sent = written(case)
        if examples and draw(st.integers(0, 2)) > 0:
            example = draw(st.sampled_from(examples))
            spoilt = draw(_spoilt(example.replace("71234567", ground.ubi)))
            headers = {**sent.headers, "Content-Type": "application/json"}
            sent = Sent(sent.method, sent.path, spoilt, headers)
        return sent

    return made_up()


def _put_live_ids(
    draw: st.DrawFn, case: AnyCase, operation: APIOperation[Any, Any, Any, Any], ground: Ground
) -> None:
    for name in case.path_parameters or {}:
        ids = ground.ids_for(operation.path, name)
        if ids and draw(st.integers(0, 1)) == 1:
            case.path_parameters[name] = draw(st.sampled_from(ids))


@cache
def _examples_of(wanted: str) -> list[str]:
    return [
        json.dumps(example["value"])
        for operations in openapi_document()["paths"].values()
        for operation in operations.values()
        if operation["operationId"] == wanted
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for example in content.get("examples", {}).values()
    ]


@st.composite
def _spoilt(draw: st.DrawFn, example: str) -> bytes:
    """Put something wrong in one place of an example, or leave it whole."""
    value = json.loads(example)
    places = list(_places(value))
    if places and draw(st.integers(0, 3)) > 0:
        holder, step = draw(st.sampled_from(places))
        if draw(st.booleans()):
            holder[step] = draw(st.sampled_from(_WRONG))
        else:
            del holder[step]
    return json.dumps(value, ensure_ascii=draw(st.booleans())).encode("utf-8", "replace")


def _places(value: Any) -> Any:
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, inner in list(steps):
        yield value, step
        if isinstance(inner, dict | list):
            yield from _places(inner)


def written(case: AnyCase) -> Sent:
    """Write a case as the bytes that a client would send."""
    arguments = case.as_transport_kwargs(base_url=BASE)
    arguments.pop("cookies", None)
    prepared = requests.Request(**arguments).prepare()
    body: Any = prepared.body or b""
    url = urlsplit(str(prepared.url))
    return Sent(
        method=str(prepared.method),
        path=url.path + (f"?{url.query}" if url.query else ""),
        body=body.encode() if isinstance(body, str) else bytes(body),
        headers={str(name): str(value) for name, value in prepared.headers.items()},
    )
