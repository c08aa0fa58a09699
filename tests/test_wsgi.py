"""What the web server is handed: whole answers in one piece, the others as they come."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from corpid.gathering import end_gathering
from corpid.wsgi import Application

pytestmark = pytest.mark.django_db
PIECES = (b"one", b"two")


def in_pieces(_request: object) -> HttpResponseBase:
    return StreamingHttpResponse(iter(PIECES))


urlpatterns = [path("api/v1/pieces", in_pieces)]


@pytest.fixture
def application() -> Application:
    end_gathering()  # which begins when the module is loaded: this is no web server
    return Application()


@pytest.fixture
def finished() -> Iterator[list[object]]:
    seen: list[object] = []

    def note(**_: object) -> None:
        seen.append(1)

    request_finished.connect(note)
    yield seen
    request_finished.disconnect(note)


def ask(application: Application, path: str) -> tuple[str, dict[str, str], Any]:
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
        lambda status, headers: said.extend((status, dict(headers))),
    )
    return said[0], said[1], body


def test_a_whole_answer_is_a_list_and_its_request_is_over(
    application: Application, finished: list[object]
) -> None:
    status, headers, body = ask(application, "/healthz")

    assert (status, body) == ("200 OK", [b"ok\n"])
    assert headers["Content-Length"] == "3"
    assert finished == [1]


@override_settings(ROOT_URLCONF=__name__)
def test_an_answer_in_pieces_ends_when_the_server_has_sent_them(
    application: Application, finished: list[object]
) -> None:
    with override_settings(BASE_HOST="127.0.0.1"):
        _, headers, body = ask(application, "/api/v1/pieces")

    assert not isinstance(body, list)
    assert finished == []
    assert tuple(body) == PIECES
    body.close()
    assert finished == [1]
    assert "Content-Length" not in headers
