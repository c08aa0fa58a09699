"""Whatever is wrong with a field has a stable code, its place, and words in three languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import get_resolver
from django.utils import translation
from rest_framework import serializers

from corpid.api.serializers import StrictSerializer
from corpid.problems import WORDS_OF_CODE, error_of, problem_of
from corpid.protocols.json_schema import FaultKind

LANGUAGES = ("en", "zh-hant", "zh-hans")
ROOT = Path(__file__).parents[2]


def serializers_of_ours(root: type[Any] = serializers.Serializer) -> Iterator[type[Any]]:
    assert get_resolver().url_patterns  # every door is imported with it
    for cls in root.__subclasses__():
        if not cls.__module__.startswith(("rest_framework", "drf_spectacular", "tests.")):
            yield cls
        yield from serializers_of_ours(cls)


def fields_of(serializer: serializers.Serializer[Any]) -> Iterator[Any]:
    for field in serializer.fields.values():
        yield field
        child = getattr(field, "child", None)
        if child is not None:
            yield child


def problem(body: Any, cls: type[StrictSerializer]) -> dict[str, Any]:
    serializer = cls(data=body)
    assert not serializer.is_valid(), cls
    error = error_of(serializers.ValidationError(serializer.errors))
    assert error is not None
    return problem_of(error, trace_id="t")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_body_says_what_is_wrong_in_the_language_of_its_reader(language: str) -> None:
    bodies = set(serializers_of_ours(StrictSerializer)) - {StrictSerializer}
    assert len(bodies) > 8

    for cls in bodies:
        fields = list(cls().fields)
        wrong: list[dict[str, Any]] = [
            dict.fromkeys(fields),
            {name: [] for name in fields},
            {name: {"a": [object()]} for name in fields},
            dict.fromkeys(fields, "x" * 5000),
        ]
        for body in [{"surplus": 1}, *(wrong if fields else [])]:
            with translation.override(language):
                found = problem(body, cls)["errors"]
            assert found
            for each in found:
                assert re.fullmatch(r"(/[^/]+)*", each["pointer"]), (cls, each)
                assert each["code"] in WORDS_OF_CODE, (cls, each)
                has_han = bool(re.search("[\u4e00-\u9fff]", each["detail"]))
                assert has_han == (language != "en"), (cls, each)


def test_no_field_can_find_a_fault_that_has_no_words() -> None:
    codes = {
        code
        for cls in serializers_of_ours()
        for field in fields_of(cls())
        for code in field.error_messages
    }

    assert codes - WORDS_OF_CODE.keys() == set()
    assert set(FaultKind) - WORDS_OF_CODE.keys() == set()


def test_every_fault_that_a_service_finds_has_words() -> None:
    """A code without words here is marked for translation where it is raised."""
    calls = (
        (path, node)
        for path in ROOT.glob("*/**/*.py")
        if not path.parts[len(ROOT.parts)].startswith((".", "tests", "var"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "FieldError"
    )
    wordless = [
        (path, node.lineno)
        for path, node in calls
        if isinstance(node.args[1], ast.Constant)
        and node.args[1].value not in WORDS_OF_CODE
        and isinstance(node.args[2], ast.Constant)
    ]

    assert wordless == []


def test_all_that_is_wrong_is_told_at_once_with_its_place() -> None:
    class Body(StrictSerializer):
        needed = serializers.CharField()
        inner = serializers.ListField(child=serializers.CharField(max_length=2))

    found = problem({"a/b~c": 1, "inner": ["ok", "long"]}, Body)["errors"]

    assert [(each["pointer"], each["code"]) for each in found] == [
        ("/a~1b~0c", "unknown_field"),
        ("/needed", "required"),
        ("/inner/1", "max_length"),
    ]
