"""From items to form fields, and what a form must keep to before it is published."""

from datetime import UTC, datetime
from typing import Any

import pytest

from prefill.catalogue import CATALOGUE
from prefill.field_result import (
    JSON,
    FieldReason,
    FieldResult,
    FieldStatus,
    canonical,
    digest_of,
)
from prefill.form_schema import SchemaRefused, compile_schema, field_schema
from prefill.mapping import (
    FieldMapping,
    FormFiller,
    MappingRefused,
    check_mapping,
    parse_pointer,
    read_mapping,
)

NOW = datetime(2026, 3, 3, 6, 2, tzinfo=UTC)
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {"date": {"type": "string", "pattern": "^[0-9]{2}/[0-9]{2}/[0-9]{4}$"}},
    "type": "object",
    "properties": {
        "company": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "maxLength": 300},
                "since": {"$ref": "#/$defs/date"},
                "a/b": {"type": "string"},
            },
        },
        "officers": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "role": {"type": "string"}},
            },
        },
        "how_many": {"type": "integer"},
        "names": {"type": "array", "items": {"type": "string"}},
    },
}


def ok(value: JSON) -> FieldResult:
    return FieldResult(FieldStatus.OK, "companies_registry", NOW, value)


MISSING = FieldResult(
    FieldStatus.TIMEOUT, "companies_registry", NOW, reason=FieldReason.TOO_SLOW
)


def test_fields_are_filled_by_pointer_and_transform() -> None:
    filler = FormFiller(
        SCHEMA,
        [
            FieldMapping("/company/name", "cr.company.name_en"),
            FieldMapping("/company/since", "cr.company.incorporated_on", "date_dmy"),
            FieldMapping("/officers/*/name", "cr.officers[].name_en"),
            FieldMapping("/officers/*/role", "cr.officers[].capacity", "upper"),
            FieldMapping("/how_many", "cr.officers[].capacity", "count"),
            FieldMapping("/names/*", "cr.officers[].name_en"),
        ],
    )

    filled = filler.fill(
        {
            "cr.company.name_en": ok("GOLDEN HARVEST TRADING LIMITED"),
            "cr.company.incorporated_on": ok("2019-03-04"),
            "cr.officers[].name_en": ok(["LEE SIU MING", "CHAN KA YAN"]),
            "cr.officers[].capacity": ok(["director", "secretary"]),
        }
    )

    assert filled.form == {
        "company": {"name": "GOLDEN HARVEST TRADING LIMITED", "since": "04/03/2019"},
        "officers": [
            {"name": "LEE SIU MING", "role": "DIRECTOR"},
            {"name": "CHAN KA YAN", "role": "SECRETARY"},
        ],
        "how_many": 2,
        "names": ["LEE SIU MING", "CHAN KA YAN"],
    }
    assert filled.fields["/company/since"].value == "04/03/2019"


def test_what_did_not_come_stays_out_of_the_form_and_is_named() -> None:
    filler = FormFiller(SCHEMA, [FieldMapping("/company/name", "cr.company.name_en")])

    filled = filler.fill({"cr.company.name_en": MISSING})

    assert filled.form == {}
    assert filled.fields == {"/company/name": MISSING}


@pytest.mark.parametrize("value", [1, None, "x" * 301, ["a"], {"name": "a"}])
def test_what_does_not_fit_the_field_is_left_out_not_bent(value: JSON) -> None:
    filler = FormFiller(SCHEMA, [FieldMapping("/company/name", "cr.company.name_en")])

    filled = filler.fill({"cr.company.name_en": ok(value)})

    assert filled.form == {}
    assert filled.fields["/company/name"].reason is FieldReason.DOES_NOT_FIT
    assert filled.fields["/company/name"].value is None


def test_columns_of_different_length_are_never_zipped_into_wrong_persons() -> None:
    filler = FormFiller(
        SCHEMA,
        [
            FieldMapping("/officers/*/name", "cr.officers[].name_en"),
            FieldMapping("/officers/*/role", "cr.officers[].capacity"),
        ],
    )

    filled = filler.fill(
        {
            "cr.officers[].name_en": ok(["LEE SIU MING", "CHAN KA YAN"]),
            "cr.officers[].capacity": ok(["director"]),
        }
    )

    assert filled.fields["/officers/*/role"].reason is FieldReason.DOES_NOT_FIT
    assert filled.form == {"officers": [{"name": "LEE SIU MING"}, {"name": "CHAN KA YAN"}]}


def test_pointers_are_those_of_rfc_6901() -> None:
    assert parse_pointer("/a~1b/m~0n/") == ("a/b", "m~n", "")
    for wrong in ("", "a", "/a~2", "/a~"):
        with pytest.raises(ValueError, match="JSON Pointer"):
            parse_pointer(wrong)


def test_a_form_that_holds_is_accepted() -> None:
    check_mapping(
        SCHEMA,
        [
            FieldMapping("/company/name", "cr.company.name_en"),
            FieldMapping("/company/a~1b", "cr.company.type"),
            FieldMapping("/company/since", "cr.company.incorporated_on", "date_dmy"),
            FieldMapping("/officers/*/name", "cr.officers[].name_en"),
        ],
        CATALOGUE,
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (FieldMapping("/company/nmae", "cr.company.name_en"), "no_such_field"),
        (FieldMapping("/officers/name", "cr.officers[].name_en"), "no_such_field"),
        (FieldMapping("/company/name/x", "cr.company.name_en"), "no_such_field"),
        (FieldMapping("/company/name", "cr.company.nmae"), "no_such_item"),
        (FieldMapping("/company/name", "cr.company.name_en", "guess"), "no_such_transform"),
        (FieldMapping("/company/since", "cr.company.incorporated_on"), "item_does_not_fit"),
        (FieldMapping("/company/since", "cr.company.name_en", "date_dmy"), "item_does_not_fit"),
        (FieldMapping("/officers/*/name", "cr.company.name_en"), "item_does_not_fit"),
        (FieldMapping("/how_many", "cr.company.name_en", "count"), "item_does_not_fit"),
    ],
)
def test_a_line_that_does_not_hold_is_named(line: FieldMapping, code: str) -> None:
    with pytest.raises(MappingRefused) as refusal:
        check_mapping(SCHEMA, [line], CATALOGUE)

    assert [(one.pointer, one.code) for one in refusal.value.field_errors] == [
        ("/mapping/0", code)
    ]


def test_two_lines_for_one_field_are_refused() -> None:
    line = FieldMapping("/company/name", "cr.company.name_en")

    with pytest.raises(MappingRefused) as refusal:
        check_mapping(SCHEMA, [line, line], CATALOGUE)

    assert [one.code for one in refusal.value.field_errors] == ["pointer_twice"]


@pytest.mark.parametrize(
    "line", [{"pointer": "/a"}, {"pointer": "a", "item": "b"}, {"pointer": 1, "item": "b"}, {}]
)
def test_a_malformed_mapping_is_refused_line_by_line(line: dict[str, Any]) -> None:
    with pytest.raises(MappingRefused) as refusal:
        read_mapping([{"pointer": "/a", "item": "b"}, line])

    assert [one.pointer for one in refusal.value.field_errors] == ["/mapping/1"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"properties": {"a": {"$ref": "https://evil.example/schema.json"}}},
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"$id": "https://evil.example/"},
        {"properties": {"a": {"pattern": "(?<=a)b"}}},
        {"properties": {"a": {"$ref": "#/$defs/nowhere"}}},
        {"allOf": [{"$dynamicRef": "other.json#a"}]},
    ],
)
def test_a_schema_that_is_wrong_or_reaches_outside_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(SchemaRefused) as refusal:
        compile_schema(schema)

    assert refusal.value.field_errors


def test_a_schema_nested_beyond_reason_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(60):
        schema = {"not": schema}

    with pytest.raises(SchemaRefused):
        compile_schema(schema)


def test_a_reference_to_itself_has_no_field() -> None:
    schema = {"$defs": {"a": {"$ref": "#/$defs/a"}}, "properties": {"x": {"$ref": "#/$defs/a"}}}

    assert field_schema(schema, ("x", "y")) is None


def test_an_exponential_pattern_takes_linear_time() -> None:
    validator = compile_schema({"pattern": "^(a+)+$"})

    assert not validator.is_valid("a" * 50_000 + "!")


def test_a_digest_needs_the_salt_and_one_way_of_writing() -> None:
    first = digest_of({"b": 1, "a": "é"}, salt=b"1")

    assert canonical({"b": 1, "a": "é"}) == b'{"a":"\xc3\xa9","b":1}'
    assert first == digest_of({"a": "é", "b": 1}, salt=b"1")
    assert first != digest_of({"a": "é", "b": 1}, salt=b"2")
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))
