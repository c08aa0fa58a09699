"""Each request has one trace id: the caller's if it sent a valid one, else one of ours."""

import json
import logging
import logging.config
import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from corpid.operations.logs import logging_settings

pytestmark = pytest.mark.django_db
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
VALID = f"00-{TRACE}-00f067aa0ba902b7-01"
OURS = re.compile("[0-9a-f]{32}")


@pytest.fixture(autouse=True)
def _lines_go_where_they_went() -> Iterator[None]:
    yield
    logging.config.dictConfig(settings.LOGGING)


def test_a_callers_trace_id_is_in_the_answer_and_in_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/nothing-here", headers={"traceparent": VALID})

    assert answer["X-Trace-Id"] == answer.json()["trace_id"] == TRACE


def test_without_one_each_request_has_its_own(client: Client) -> None:
    one, other = (client.get("/healthz")["X-Trace-Id"] for _ in range(2))

    assert OURS.fullmatch(one)
    assert OURS.fullmatch(other)
    assert one != other


@pytest.mark.parametrize(
    "hostile",
    [
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"{VALID},{VALID}",
        VALID.upper(),
        f"00-{TRACE}-<script>alert(1)</script>-01",
        'evil"}{"event": "forged"',
        "x" * 5000,
    ],
)
def test_what_is_no_traceparent_is_left_alone_and_never_said_again(
    client: Client, capsys: pytest.CaptureFixture[str], hostile: str
) -> None:
    logging.config.dictConfig(logging_settings(level="DEBUG"))

    answer = client.get("/api/v1/nothing-here", headers={"traceparent": hostile})

    said = f"{answer.headers}{answer.content.decode()}{capsys.readouterr().err}"
    assert OURS.fullmatch(answer.json()["trace_id"])
    assert hostile not in said
    assert TRACE not in said
    assert "forged" not in said


def test_one_line_a_request_names_the_route_and_nothing_that_was_sent(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.config.dictConfig(logging_settings(level="INFO"))

    client.get("/problems/not_found?person=A1234567", headers={"traceparent": VALID})

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    [line] = [line for line in lines if line["event"] == "request answered"]
    assert (line["trace_id"], line["route"], line["status"]) == (TRACE, "problem", 200)
    assert "A1234567" not in json.dumps(lines)


@pytest.mark.parametrize("path", ["/healthz", "/servez", "/readyz", "/metrics"])
def test_health_checks_write_no_line(
    client: Client, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    logging.config.dictConfig(logging_settings(level="INFO"))

    client.get(path)

    assert "request answered" not in capsys.readouterr().err
