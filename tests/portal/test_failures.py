"""Errors on pages: title, remedy, trace id, the right status, the reader's language."""

import pytest
from django.db import DatabaseError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from corpid.errors import Conflict, CorpIDError, Gone
from corpid.failures import every_error
from corpid.problems import status_of
from corpid.urls import handler400, handler403, handler404, handler500
from corpid.urls import urlpatterns as doors


class TeapotEmpty(Gone):
    code = "teapot_empty"
    title = "The pot is empty."
    remedy = "Put the kettle on."


def _empty(_: HttpRequest) -> HttpResponse:
    raise TeapotEmpty("a secret for the log")


def _broken(_: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret for the log")


def _away(_: HttpRequest) -> HttpResponse:
    raise OperationalError("terminating connection due to administrator command")


def _gone(_: HttpRequest) -> HttpResponse:
    raise DatabaseError("server closed the connection unexpectedly")


def _faulty(_: HttpRequest) -> HttpResponse:
    raise ProgrammingError("a secret for the log")


urlpatterns = [
    *doors,
    path("empty", _empty),
    path("broken", _broken),
    path("away", _away),
    path("api/e", _empty),
    path("api/away", _away),
    path("api/gone", _gone),
    path("api/faulty", _faulty),
]

__all__ = ["handler400", "handler403", "handler404", "handler500"]

here = override_settings(ROOT_URLCONF=__name__)


@pytest.fixture
def browser(db: None) -> Client:
    return Client(raise_request_exception=False)


@here
def test_an_anticipated_error_is_a_page_with_its_title_remedy_code_and_trace_id(
    browser: Client,
) -> None:
    answer = browser.get("/empty")

    page = answer.content.decode()
    assert answer.status_code == 410
    assert "The pot is empty." in page
    assert "Put the kettle on." in page
    assert "/problems/teapot_empty" in page
    assert answer["X-Trace-Id"] in page
    assert "secret" not in page


@here
def test_the_same_error_on_a_machine_route_is_a_problem(browser: Client) -> None:
    answer = browser.get("/api/e")

    assert answer.status_code == 410
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "teapot_empty"
    assert answer.json()["trace_id"] == answer["X-Trace-Id"]


@here
def test_an_unexpected_error_shows_a_trace_id_and_nothing_of_itself(browser: Client) -> None:
    answer = browser.get("/broken")

    assert answer.status_code == 500
    assert answer["X-Trace-Id"] in answer.content.decode()
    assert "secret" not in answer.content.decode()


def test_an_unknown_address_is_a_page_and_for_machines_a_problem(browser: Client) -> None:
    page, problem = browser.get("/no-such-page"), browser.get("/api/v1/no-such-call")

    assert (page.status_code, problem.status_code) == (404, 404)
    assert page["X-Trace-Id"] in page.content.decode()
    assert problem.json()["code"] == "not_found"


def test_another_host_name_is_refused_with_a_page(browser: Client) -> None:
    answer = browser.get("/", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert answer["X-Trace-Id"] in answer.content.decode()


@pytest.mark.django_db  # each request asks whether a restore is finished
def test_a_form_without_its_token_is_refused_with_what_to_do() -> None:
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post("/language", {"language": "zh-hant"})

    assert answer.status_code == 403
    assert "form_not_from_here" in answer.content.decode()


def test_every_error_has_its_own_code_texts_and_page(browser: Client) -> None:
    ours = [e for e in every_error(CorpIDError) if not e.__module__.startswith("tests.")]
    kinds = {kind for kind in ours if "code" not in vars(kind)}
    named = [kind for kind in ours if "code" in vars(kind)]

    assert {kind.__module__ for kind in kinds} == {"corpid.errors"}
    assert len({kind.code for kind in named}) == len(named)
    for kind in named:
        answer = browser.get(f"/problems/{kind.code}")
        assert answer.status_code == 200, kind
        assert str(status_of(kind)) in answer.content.decode()
        assert kind.title.endswith((".", "?")), kind
        assert kind.remedy.endswith("."), kind


def test_a_method_that_is_not_taken_is_a_page_too(browser: Client) -> None:
    answer = browser.get("/language")

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer["X-Trace-Id"] in answer.content.decode()


def test_an_unknown_code_has_no_page(browser: Client) -> None:
    assert browser.get("/problems/no_such_code").status_code == 404


def test_a_kind_has_no_page(browser: Client) -> None:
    assert not hasattr(Conflict, "code")


@here
@pytest.mark.parametrize("path", ["/away", "/api/away", "/api/gone"])
def test_while_the_database_is_away_the_answer_says_to_come_back(
    browser: Client, path: str
) -> None:
    answer = browser.get(path)

    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


@here
@pytest.mark.parametrize("path", ["/broken", "/api/faulty"])
def test_another_failure_of_ours_says_nothing_of_coming_back(
    browser: Client, path: str
) -> None:
    answer = browser.get(path)

    assert answer.status_code == 500
    assert "Retry-After" not in answer
