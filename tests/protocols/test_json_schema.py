"""Schemas from strangers; the cases of the standard's own suite are run by tests/prefill."""

from typing import Any

import pytest

from corpid.protocols.json_schema import DIALECT, SchemaUnusable, compile_schema


def test_a_schema_that_refers_to_itself_is_compiled() -> None:
    validator = compile_schema(
        {"$schema": DIALECT, "$defs": {"a": {"type": "string"}}, "items": {"$ref": "#/$defs/a"}}
    )

    assert validator.is_valid(["x"])
    assert not validator.is_valid([1])


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"$id": "https://evil.example/"}, "/$id"),
        ({"$schema": "https://evil.example/"}, "/$schema"),
        ({"not": {"$ref": "file:///etc/passwd"}}, "/not/$ref"),
        ({"allOf": [{"$dynamicRef": "other.json#a"}]}, "/allOf/0/$dynamicRef"),
        ({"properties": {"a/b": {"$ref": "//evil.example"}}}, "/properties/a~1b/$ref"),
    ],
)
def test_a_reference_out_of_the_schema_is_refused_where_it_stands(
    schema: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(SchemaUnusable) as refusal:
        compile_schema(schema)

    assert [(one.pointer, one.kind) for one in refusal.value.faults] == [
        (pointer, "reference_outside")
    ]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"pattern": "(?=a)b"},
        {"pattern": r"(a)\1"},
        {"pattern": "(a{1000}){1000}"},
        {"$ref": "#/$defs/nowhere"},
    ],
)
def test_what_is_no_schema_or_cannot_run_in_bounded_time_is_refused(
    schema: dict[str, Any],
) -> None:
    with pytest.raises(SchemaUnusable) as refusal:
        compile_schema(schema)

    assert [one.kind for one in refusal.value.faults] == ["not_a_schema"]


def test_an_exponential_pattern_takes_linear_time() -> None:
    validator = compile_schema({"pattern": "^(a+)+$"})

    assert not validator.is_valid("a" * 50_000 + "!")
