import json
import logging
import logging.config

import pytest
import structlog
from django.test import Client

from authentication.api.access_tokens import AccessTokenAuthentication
from corpid.operations.logs import logging_settings
from corpid.tracing import begin_trace, end_trace


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Log one line each way, and read what came out on standard error."""
    logging.config.dictConfig(logging_settings(level="INFO"))
    begin_trace("t1")
    try:
        structlog.get_logger("a").info(
            "signed in", password="hunter2", dpop_token="x", company="C"
        )
        logging.getLogger("b").warning("register %s is slow", "cr")
    finally:
        end_trace()
    return capsys.readouterr().err.splitlines()


def test_each_line_is_json_and_carries_the_trace_id(lines: list[str]) -> None:
    first, second = (json.loads(line) for line in lines)

    assert (first["event"], first["trace_id"], first["level"]) == ("signed in", "t1", "info")
    assert (second["event"], second["trace_id"]) == ("register cr is slow", "t1")


def test_what_is_named_like_a_secret_is_withheld(lines: list[str]) -> None:
    first = json.loads(lines[0])

    assert (first["password"], first["dpop_token"], first["company"]) == (
        "withheld",
        "withheld",
        "C",
    )
    assert "hunter2" not in "".join(lines)


def break_down(*_: object) -> None:
    raise RuntimeError("broken on purpose")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/v1/companies/K1234567-secret", "CompanyByUBI"),
        ("/api/v1/companies/陳大文", "CompanyByUBI"),
    ],
)
def test_a_failure_names_its_route_and_trace_and_not_its_path(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, path: str, route: str
) -> None:
    monkeypatch.setattr(AccessTokenAuthentication, "authenticate", break_down)
    logging.config.dictConfig(logging_settings(level="INFO"))
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"

    answer = Client(raise_request_exception=False).get(
        path, headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
    )

    assert answer.status_code == 500
    said = capsys.readouterr().err
    lines = [json.loads(line) for line in said.splitlines()]
    failure = next(line for line in lines if line.get("logger") == "django.request")
    assert failure["event"].startswith("Internal Server Error: route ")
    assert route in failure["event"]
    assert failure["trace_id"] == trace_id
    assert "broken on purpose" in failure["exception"]
    for part in ("secret", "陳大文", "\\u9673"):
        assert part not in said


@pytest.mark.django_db
def test_a_refused_form_names_its_route_and_not_its_path(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logging.config.dictConfig(logging_settings(level="INFO"))

    answer = Client(enforce_csrf_checks=True).post("/problems/K1234567-secret")

    assert answer.status_code == 403
    said = capsys.readouterr().err
    assert "Forbidden (CSRF cookie not set.): route problem" in said
    assert "secret" not in said
