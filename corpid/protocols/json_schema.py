"""JSON Schema 2020-12 from strangers: compiled once, self-contained, harmless.

Whoever wrote the schema must neither make us fetch anything nor keep a worker busy: a
reference out of the document is refused (Core, section 8.2.3), nothing is ever retrieved, and
patterns run on the engine that takes linear time, with a limit on what they compile to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import jsonschema_rs

from corpid.protocols.json_pointer import json_pointer

Schema: TypeAlias = dict[str, Any]
Validator: TypeAlias = jsonschema_rs.Validator

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MAX_DEPTH = 32
_MAX_PATTERN_BYTES = 1 << 20  # compiled
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


class FaultKind(StrEnum):
    NOT_A_SCHEMA = "not_a_schema"
    REFERENCE_OUTSIDE = "reference_outside"
    TOO_DEEP = "too_deep"


@dataclass(frozen=True, slots=True)
class Fault:
    pointer: str  # a JSON Pointer into the schema; empty for the whole
    kind: FaultKind
    detail: str = ""


class SchemaUnusable(ValueError):
    """Not an answer to anybody: each app words it for whoever sent the schema."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.pointer} {fault.kind}" for fault in faults))
        self.faults = faults


def compile_schema(schema: Schema) -> Validator:
    """Compile a stranger's schema. Raises SchemaUnusable with every fault found.

    1. It is not nested beyond reason, and refers to nothing outside itself.
    2. It is valid against its meta-schema.
    3. It compiles, patterns included.
    """
    outside = list(_outside(schema, "", 0))  # 1
    if outside:
        raise SchemaUnusable(*outside)
    try:
        jsonschema_rs.meta.validate(schema)  # 2
    except jsonschema_rs.ValidationError as error:
        pointer = json_pointer(*error.instance_path)
        raise SchemaUnusable(Fault(pointer, FaultKind.NOT_A_SCHEMA, error.message)) from error
    return compile_trusted(schema)  # 3


def compile_trusted(schema: Schema) -> Validator:
    """Compile what was judged before; what can't be compiled is refused all the same."""
    try:
        return jsonschema_rs.Draft202012Validator(
            schema,
            validate_formats=True,
            pattern_options=jsonschema_rs.RegexOptions(size_limit=_MAX_PATTERN_BYTES),
            offline=True,
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise SchemaUnusable(Fault("", FaultKind.NOT_A_SCHEMA, str(error)[:200])) from error


def _outside(node: Any, pointer: str, depth: int) -> Iterator[Fault]:
    if depth > _MAX_DEPTH:
        yield Fault(pointer, FaultKind.TOO_DEEP)
    elif isinstance(node, Mapping):
        for name, inner in node.items():
            path = pointer + json_pointer(str(name))
            if _points_outside(name, inner):
                yield Fault(path, FaultKind.REFERENCE_OUTSIDE)
            yield from _outside(inner, path, depth + 1)
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _outside(inner, f"{pointer}/{index}", depth + 1)


def _points_outside(name: Any, value: Any) -> bool:
    if name == "$schema":
        return bool(value != DIALECT)
    is_reference = name in _REFERENCES and isinstance(value, str)
    return name == "$id" or (is_reference and not value.startswith("#"))
