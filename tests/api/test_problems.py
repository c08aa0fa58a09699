from collections.abc import Iterator

import pytest
from django.apps import apps
from django.test import Client

from corpid.errors import CorpIDError
from corpid.problems import STATUS_OF_KIND, MethodNotAllowed, problem_of, status_of


def every_error(root: type[CorpIDError] = CorpIDError) -> Iterator[type[CorpIDError]]:
    for cls in root.__subclasses__():
        if cls not in STATUS_OF_KIND and not cls.__module__.startswith("tests."):
            yield cls
        yield from every_error(cls)


def test_every_error_has_a_kind_a_code_and_words() -> None:
    assert apps.ready
    for cls in every_error():
        assert cls.code, cls
        assert cls.title, cls
        assert cls.remedy, cls
        assert any(kind in cls.__mro__ for kind in STATUS_OF_KIND), cls


def test_no_two_errors_share_a_code() -> None:
    codes = [cls.code for cls in every_error()]

    assert sorted(codes) == sorted(set(codes))


def test_a_problem_says_what_why_and_what_next() -> None:
    error = MethodNotAllowed("DELETE")

    problem = problem_of(error, trace_id="t1")

    assert problem == {
        "type": "http://testserver/problems/method_not_allowed",
        "title": "This address does not take that method.",
        "status": 405,
        "detail": "Use one of the methods in the Allow header.",
        "code": "method_not_allowed",
        "trace_id": "t1",
    }


def test_a_failure_without_a_kind_is_a_mistake_of_ours() -> None:
    class Nameless(CorpIDError):
        code = title = remedy = "x"

    with pytest.raises(TypeError):
        status_of(Nameless())


def test_another_host_name_is_redirected_or_refused() -> None:
    client = Client(headers={"host": "127.0.0.1:8000"})

    assert client.get("/x?y=1").headers["Location"] == "http://testserver/x?y=1"
    assert client.post("/x").status_code == 421
