"""Form schemas in JSON Schema 2020-12: compiled once, self-contained, harmless.

A template's schema comes from an e-service, so a reference out of the document is refused
(nothing is fetched), and patterns run on the engine that takes linear time.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import jsonschema_rs

from corpid.errors import FieldError, Invalid, gettext_noop

Schema: TypeAlias = dict[str, Any]
Validator: TypeAlias = jsonschema_rs.Validator

_MAX_DEPTH = 32
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


class SchemaRefused(Invalid):
    code = "form_schema_refused"
    title = gettext_noop("This form schema can't be used.")
    remedy = gettext_noop("Correct what is listed under errors; JSON Schema 2020-12 applies.")


def compile_schema(schema: Schema) -> Validator:
    """Compile a self-contained schema. Raises SchemaRefused with the reasons."""
    found = list(_foreign_references(schema, "", 0))
    if found:
        raise SchemaRefused(field_errors=found)
    try:
        jsonschema_rs.meta.validate(schema)
    except jsonschema_rs.ValidationError as error:
        pointer = "".join(f"/{_escape(str(step))}" for step in error.instance_path)
        raise SchemaRefused(
            field_errors=[FieldError(pointer or "/", "not_a_schema", error.message)]
        ) from error
    return compile_trusted(schema)


def compile_trusted(schema: Schema) -> Validator:
    """Compile without judging; what can't be compiled is refused all the same."""
    try:
        return jsonschema_rs.Draft202012Validator(
            schema,
            validate_formats=True,
            pattern_options=jsonschema_rs.RegexOptions(size_limit=1 << 20),
            offline=True,
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise SchemaRefused(
            str(error), field_errors=[FieldError("/", "not_a_schema", str(error)[:200])]
        ) from error


def field_schema(schema: Schema, pointer: tuple[str, ...]) -> Schema | None:
    """Find the schema of one field: names of properties, `*` for the elements of an array.

    The result stands alone: it carries the document's `$defs`. None if there is no such field.
    """
    here: Any = schema
    for step in pointer:
        here = _resolved(schema, here)
        if not isinstance(here, dict):
            return None
        here = here.get("items") if step == "*" else here.get("properties", {}).get(step)
    if not isinstance(here, dict):
        return None
    return {"$defs": schema["$defs"], **here} if "$defs" in schema else here


def _resolved(schema: Schema, here: Any) -> Any:
    for _ in range(_MAX_DEPTH):
        if not isinstance(here, dict) or not isinstance(here.get("$ref"), str):
            return here
        here = _at(schema, here["$ref"])
    return None  # a reference to itself


def _at(schema: Schema, reference: str) -> Any:
    here: Any = schema
    for step in reference.removeprefix("#").split("/")[1:]:
        if not isinstance(here, Mapping):
            return None
        here = here.get(step.replace("~1", "/").replace("~0", "~"))
    return here


def _foreign_references(node: Any, pointer: str, depth: int) -> Iterator[FieldError]:
    if depth > _MAX_DEPTH:
        yield FieldError(pointer, "too_deep", gettext_noop("Nested too deep."))
    elif isinstance(node, Mapping):
        for name, inner in node.items():
            path = f"{pointer}/{_escape(str(name))}"
            is_reference = name in _REFERENCES and isinstance(inner, str)
            if (is_reference and not inner.startswith("#")) or name in {"$id", "$schema"}:
                if name == "$schema" and inner == DIALECT:
                    continue
                yield FieldError(
                    path,
                    "reference_outside",
                    gettext_noop("A form schema refers to nothing outside itself."),
                )
            yield from _foreign_references(inner, path, depth + 1)
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _foreign_references(inner, f"{pointer}/{index}", depth + 1)


DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
