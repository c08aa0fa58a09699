"""From catalogue items to the fields of a form, and the checks before a form is published.

A line of the mapping names a field by JSON Pointer (RFC 6901), the item that fills it and a
transform. The segment `*` stands for every element of an array: `/directors/*/name` takes an
item whose value is a list, and items of one source keep the same order.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from corpid.errors import FieldError, Invalid, gettext_noop
from corpid.protocols.json_schema import Schema, Validator
from prefill.catalogue import DataItemDefinition
from prefill.field_result import JSON, FieldReason, FieldResult, FieldStatus
from prefill.form_schema import compile_schema, compile_trusted, field_schema

OnMissing = Literal["block", "manual", "retry_later"]
Transform = Callable[[JSON], JSON]


class MappingRefused(Invalid):
    code = "form_mapping_refused"
    title = gettext_noop("The form's mapping does not hold.")
    remedy = gettext_noop("Correct what is listed under errors and submit it again.")


class DoesNotTransform(Exception):
    """The value is not of the kind that the transform takes."""


@dataclass(frozen=True, slots=True)
class FieldMapping:
    pointer: str
    item: str
    transform: str = "as_is"
    required: bool = True
    on_missing: OnMissing = "manual"

    @property
    def steps(self) -> tuple[str, ...]:
        return parse_pointer(self.pointer)


@dataclass(frozen=True, slots=True)
class FilledForm:
    """`form` holds what could be filled; `fields` says of every mapped field how it stands."""

    form: dict[str, JSON]
    fields: Mapping[str, FieldResult]


def parse_pointer(pointer: str) -> tuple[str, ...]:
    """Read a JSON Pointer of at least one step. Raises ValueError."""
    if not pointer.startswith("/") or re.search(r"~(?![01])", pointer):
        raise ValueError(f"not a JSON Pointer: {pointer!r}")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))


def read_mapping(written: Sequence[Mapping[str, Any]]) -> tuple[FieldMapping, ...]:
    """Read the mapping of a template. Raises MappingRefused."""
    lines, found = [], []
    for index, line in enumerate(written):
        try:
            mapping = FieldMapping(**line)
            parse_pointer(mapping.pointer)
        except (TypeError, ValueError, AttributeError) as error:
            found.append(FieldError(f"/mapping/{index}", "malformed", str(error)))
            continue
        lines.append(mapping)
    if found:
        raise MappingRefused(field_errors=found)
    return tuple(lines)


def check_mapping(
    schema: Schema,
    mappings: Sequence[FieldMapping],
    catalogue: Mapping[str, DataItemDefinition],
) -> None:
    """Judge a form before it is published. Raises SchemaRefused or MappingRefused.

    1. The schema is one, and stands alone.
    2. Every pointer leads to a field, and no two lines to the same one.
    3. Every item and transform exists.
    4. What the catalogue shows as examples of the item fits the field.
    """
    compile_schema(schema)  # 1
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, mapping in enumerate(mappings):
        place = f"/mapping/{index}"
        if mapping.pointer in seen:  # 2
            found.append(
                FieldError(
                    place, "pointer_twice", gettext_noop("Another line fills this field.")
                )
            )
        seen.add(mapping.pointer)
        found += _check_line(place, mapping, schema, catalogue)
    if found:
        raise MappingRefused(field_errors=found)


def _check_line(
    place: str,
    mapping: FieldMapping,
    schema: Schema,
    catalogue: Mapping[str, DataItemDefinition],
) -> list[FieldError]:
    target = field_schema(schema, mapping.steps)
    item = catalogue.get(mapping.item)
    if target is None:
        return [FieldError(place, "no_such_field", gettext_noop("The form has no such field."))]
    if item is None:  # 3
        return [FieldError(place, "no_such_item", gettext_noop("No such data item."))]
    if mapping.transform not in TRANSFORMS or mapping.on_missing not in get_args(OnMissing):
        return [FieldError(place, "no_such_transform", gettext_noop("No such transform."))]
    validator = compile_trusted(target)
    if all(_fits(validator, mapping, example) for example in item.examples):  # 4
        return []
    misfit = gettext_noop("This data item does not fit the form's field.")
    return [FieldError(place, "item_does_not_fit", misfit)]


def _fits(validator: Validator, mapping: FieldMapping, example: JSON) -> bool:
    try:
        values = _transformed(mapping, example)
    except DoesNotTransform:
        return False
    return all(validator.is_valid(value) for value in values)


def _transformed(mapping: FieldMapping, value: JSON) -> list[JSON]:
    """Give the value for the pointer's place, or one for each element where it has a `*`."""
    transform = TRANSFORMS[mapping.transform]
    if "*" not in mapping.steps:
        return [transform(value)]
    if not isinstance(value, list):
        raise DoesNotTransform(f"{mapping.item} is not a list")
    return [transform(element) for element in value]


class FormFiller:
    """One template version, compiled once: fills a form from the results of its items."""

    def __init__(self, schema: Schema, mappings: Sequence[FieldMapping]) -> None:
        self._mappings = tuple(mappings)
        self._validators = {}
        for mapping in self._mappings:
            target = field_schema(schema, mapping.steps)
            if target is None:
                raise MappingRefused(f"{mapping.pointer} is not in the schema")
            self._validators[mapping.pointer] = compile_trusted(target)

    def fill(self, results: Mapping[str, FieldResult]) -> FilledForm:
        """Fill what came back and fits; whatever does not fit is reported, never bent."""
        form: dict[str, JSON] = {}
        fields: dict[str, FieldResult] = {}
        for mapping in self._mappings:
            result = results[mapping.item]
            if result.has_value:
                result = self._place(form, mapping, result)
            fields[mapping.pointer] = result
        return FilledForm(form, fields)

    def _place(
        self, form: dict[str, JSON], mapping: FieldMapping, result: FieldResult
    ) -> FieldResult:
        try:
            values = _transformed(mapping, result.value)
        except DoesNotTransform:
            return _unfit(result)
        validator = self._validators[mapping.pointer]
        if not all(validator.is_valid(value) for value in values):
            return _unfit(result)
        if "*" not in mapping.steps:
            _put(form, mapping.steps, values[0])
        elif not _put_each(form, mapping.steps, values):
            return _unfit(result)
        value: JSON = values if "*" in mapping.steps else values[0]
        return FieldResult(
            status=result.status,
            source=result.source,
            retrieved_at=result.retrieved_at,
            value=value,
            source_updated_at=result.source_updated_at,
            from_cache=result.from_cache,
        )


def _unfit(result: FieldResult) -> FieldResult:
    return FieldResult(
        status=FieldStatus.UNAVAILABLE,
        source=result.source,
        retrieved_at=result.retrieved_at,
        reason=FieldReason.DOES_NOT_FIT,
        source_updated_at=result.source_updated_at,
    )


def _put(form: dict[str, JSON], steps: Iterable[str], value: JSON) -> None:
    *inner, last = steps
    here = form
    for step in inner:
        here = cast("dict[str, JSON]", here.setdefault(step, {}))
    here[last] = value


def _put_each(form: dict[str, JSON], steps: tuple[str, ...], values: list[JSON]) -> bool:
    """Spread values over the elements of an array; False if its length differs already."""
    star = steps.index("*")
    *inner, last = steps[:star]
    here = form
    for step in inner:
        here = cast("dict[str, JSON]", here.setdefault(step, {}))
    elements = cast("list[JSON]", here.setdefault(last, [{} for _ in values]))
    if len(elements) != len(values):
        return False
    rest = steps[star + 1 :]
    for index, value in enumerate(values):
        if rest:
            _put(cast("dict[str, JSON]", elements[index]), rest, value)
        else:
            elements[index] = value
    return True


def _as_is(value: JSON) -> JSON:
    return value


def _text(value: JSON) -> str:
    if not isinstance(value, str):
        raise DoesNotTransform("not a text")
    return value


def _date_dmy(value: JSON) -> JSON:
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", _text(value))
    if found is None:
        raise DoesNotTransform("not a date")
    return f"{found[3]}/{found[2]}/{found[1]}"


def _one_line(value: JSON) -> JSON:
    return " ".join(_text(value).split())


def _upper(value: JSON) -> JSON:
    return _text(value).upper()


def _count(value: JSON) -> JSON:
    if not isinstance(value, list):
        raise DoesNotTransform("not a list")
    return len(value)


TRANSFORMS: Mapping[str, Transform] = {
    "as_is": _as_is,
    "date_dmy": _date_dmy,
    "one_line": _one_line,
    "upper": _upper,
    "count": _count,
}
