"""Read the OpenAPI document into what the reference page prints: a document in, values out."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
MAX_DEPTH = 3
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    description: str
    media_type: str
    fields: tuple[Field, ...]
    example: str

    @property
    def is_problem(self) -> bool:
        return self.media_type == PROBLEM


@dataclass(frozen=True, slots=True)
class Operation:
    key: str
    method: str
    path: str
    summary: str
    scopes: tuple[str, ...]
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    body_example: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    operations: tuple[Operation, ...]


def read_reference(document: dict[str, Any]) -> tuple[Group, ...]:
    """Give the operations by their tag, in the document's order."""
    groups: dict[str, list[Operation]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["Other"])[0]
            groups.setdefault(tag, []).append(_operation(document, path, method, operation))
    return tuple(Group(name, tuple(found)) for name, found in groups.items())


def find_problem(groups: Iterable[Group]) -> Answer | None:
    """Give one of the answers that say what went wrong: all of them have the same fields."""
    answers = (
        answer for group in groups for call in group.operations for answer in call.answers
    )
    return next((answer for answer in answers if answer.is_problem), None)


def _operation(
    document: dict[str, Any], path: str, method: str, operation: dict[str, Any]
) -> Operation:
    media = operation.get("requestBody", {}).get("content", {})
    body: Schema = media.get("application/json") or next(iter(media.values()), {})
    return Operation(
        key=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("description") or operation.get("summary") or "",
        scopes=tuple(operation.get("x-required-scopes", ())),
        parameters=tuple(_parameters(document, operation.get("parameters", []))),
        body=tuple(_fields(document, body.get("schema", {}))),
        body_example=_example(body),
        answers=tuple(_answers(document, operation["responses"])),
    )


def _parameters(document: dict[str, Any], parameters: list[Schema]) -> Iterator[Field]:
    for parameter in parameters:
        schema = _resolved(document, parameter.get("schema", {}))
        name = f"{parameter['name']} ({parameter['in']})"
        description = parameter.get("description", "")
        yield Field(name, _kind(schema), parameter.get("required", False), description)


def _answers(document: dict[str, Any], responses: dict[str, Any]) -> Iterator[Answer]:
    for status, response in responses.items():
        media = response.get("content") or {"": {}}
        for media_type, content in media.items():
            fields = tuple(_fields(document, content.get("schema", {})))
            description = response.get("description", "")
            yield Answer(status, description, media_type, fields, _example(content))


def _fields(
    document: dict[str, Any], schema: Schema, prefix: str = "", depth: int = 1
) -> Iterator[Field]:
    """Flatten an object: `results[].names`, at most three deep."""
    schema = _resolved(document, schema)
    if schema.get("type") == "array" and depth <= MAX_DEPTH:
        yield from _fields(document, schema.get("items", {}), f"{prefix}[]", depth)
        return
    required = schema.get("required", [])
    for name, inner in schema.get("properties", {}).items():
        found = _resolved(document, inner)
        full = f"{prefix}.{name}" if prefix else name
        yield Field(full, _kind(found), name in required, found.get("description", ""))
        if depth < MAX_DEPTH:
            yield from _fields(document, found, full, depth + 1)


def _resolved(document: dict[str, Any], schema: Schema) -> Schema:
    for only in ("allOf", "oneOf", "anyOf"):
        if len(schema.get(only, [])) == 1:
            schema = {**schema[only][0], **{k: v for k, v in schema.items() if k != only}}
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rsplit("/", 1)[-1]
    target: Schema = document["components"]["schemas"][name]
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}


def _kind(schema: Schema) -> str:
    """Give `string (uuid)`, `array`, `one of: filed, rejected`."""
    if "enum" in schema:
        return "one of: " + ", ".join(str(value) for value in schema["enum"])
    kind = schema.get("type", "any")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{words} ({schema['format']})" if "format" in schema else words


def _example(content: Schema) -> str:
    example = content.get("example")
    if example is None and content.get("examples"):
        example = next(iter(content["examples"].values())).get("value")
    return "" if example is None else json.dumps(example, indent=2, ensure_ascii=False)
