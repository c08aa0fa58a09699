"""Form schemas: a template's JSON Schema, judged for its e-service, and looked up by field."""

from collections.abc import Mapping
from typing import Any

from corpid.errors import FieldError, Invalid, gettext_noop
from corpid.protocols import json_schema
from corpid.protocols.json_schema import Fault, Schema, SchemaUnusable, Validator

_MAX_STEPS = 32


class SchemaRefused(Invalid):
    code = "form_schema_refused"
    title = gettext_noop("This form schema can't be used.")
    remedy = gettext_noop("Correct what is listed under errors; JSON Schema 2020-12 applies.")


def compile_schema(schema: Schema) -> Validator:
    """Compile a self-contained schema. Raises SchemaRefused with the reasons."""
    try:
        return json_schema.compile_schema(schema)
    except SchemaUnusable as error:
        raise _refused(error) from error


def compile_trusted(schema: Schema) -> Validator:
    """Compile without judging; what can't be compiled is refused all the same."""
    try:
        return json_schema.compile_trusted(schema)
    except SchemaUnusable as error:
        raise _refused(error) from error


def _refused(error: SchemaUnusable) -> SchemaRefused:
    return SchemaRefused(str(error), field_errors=[_placed(fault) for fault in error.faults])


def _placed(fault: Fault) -> FieldError:
    """Keep the library's own words for the log; readers get those of the code."""
    return FieldError(fault.pointer, fault.kind, fault.detail)


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
    for _ in range(_MAX_STEPS):
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
