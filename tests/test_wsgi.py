"""What the web server is handed: whole answers in one piece, the others as they come."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from corpid.gathering import end_gathering
from corpid.wsgi import Application

pytestmark = pytest.mark.django_db
PIECES = (b"one", b"two")


def in_pieces(_request: object) -> HttpResponseBase:
    return StreamingHttpResponse(iter(PIECES))


def with_cookies(_request: object) -> HttpResponseBase:
    answer = HttpResponse(b"{}")
    answer.set_cookie("a", "1", path="/x")
    answer.set_cookie("b", "2", httponly=True)
    return answer


urlpatterns = [path("api/v1/pieces", in_pieces), path("api/v1/cookies", with_cookies)]


@pytest.fixture
def application() -> Iterator[Application]:
    end_gathering()  # which begins when the module is loaded: this is no web server
    ends_of_requests = (request_started, request_finished)
    for signal in ends_of_requests:
        signal.disconnect(close_old_connections)  # the test's own is in a transaction
    yield Application()
    for signal in ends_of_requests:
        signal.connect(close_old_connections)


@pytest.fixture
def finished() -> Iterator[list[object]]:
    seen: list[object] = []

    def note(**_: object) -> None:
        seen.append(1)

    request_finished.connect(note)
    yield seen
    request_finished.disconnect(note)


def ask(application: Callable[..., Any], path: str) -> tuple[str, list[tuple[str, str]], Any]:
    said: list[Any] = []
    body = application(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "HTTP_HOST": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
        },
        lambda status, headers: said.extend((status, headers)),
    )
    return said[0], said[1], body


def test_a_whole_answer_is_a_list_and_its_request_is_over(
    application: Application, finished: list[object]
) -> None:
    status, headers, body = ask(application, "/healthz")

    assert (status, body) == ("200 OK", [b"ok\n"])
    assert dict(headers)["Content-Length"] == "3"
    assert finished == [1]


@override_settings(ROOT_URLCONF=__name__, BASE_HOST="127.0.0.1")
def test_an_answer_in_pieces_ends_when_the_server_has_sent_them(
    application: Application, finished: list[object]
) -> None:
    _, headers, body = ask(application, "/api/v1/pieces")

    assert not isinstance(body, list)
    assert finished == []
    assert tuple(body) == PIECES
    body.close()
    assert finished == [1]
    assert "Content-Length" not in dict(headers)


@override_settings(ROOT_URLCONF=__name__, BASE_HOST="127.0.0.1")
def test_each_cookie_is_a_header_of_its_own(application: Application) -> None:
    _, headers, _ = ask(application, "/api/v1/cookies")

    assert [value for name, value in headers if name == "Set-Cookie"] == [
        "a=1; Path=/x",
        "b=2; HttpOnly; Path=/",
    ]


@override_settings(ROOT_URLCONF=__name__, BASE_HOST="127.0.0.1")
def test_the_headers_are_those_that_djangos_own_handler_gives(
    application: Application,
) -> None:
    ours, theirs = (
        [
            (name, value.strip())
            for name, value in ask(handler, "/api/v1/cookies")[1]
            if name != "X-Trace-Id"
        ]
        for handler in (application, WSGIHandler())
    )

    assert ours == theirs


@override_settings(BASE_HOST="127.0.0.1")
def test_what_is_refused_is_answered_and_over_too(
    application: Application, finished: list[object]
) -> None:
    status, _, [body] = ask(application, "/api/v1/nothing-here")

    assert status == "404 Not Found"
    assert b"not_found" in body
    assert finished == [1]
