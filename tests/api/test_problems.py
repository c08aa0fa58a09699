import html
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

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


@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_type_of_every_problem_is_a_page_in_three_languages(language: str) -> None:
    client = Client(headers={"accept-language": language})
    for cls in every_error():
        error = cls.__new__(cls)  # some take more than a detail
        CorpIDError.__init__(error)
        with translation.override(language):
            page_of = urlsplit(problem_of(error, trace_id="")["type"]).path
            words = [html.escape(gettext(text)) for text in (cls.title, cls.remedy)]
            answer = client.get(page_of)

        assert answer.status_code == 200, cls
        for text in (cls.code, *words):
            assert text in answer.content.decode(), (cls, text)


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
