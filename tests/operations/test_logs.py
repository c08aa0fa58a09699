import json
import logging
import logging.config

import pytest
import structlog

from corpid.operations.logs import logging_settings


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Log one line each way, and read what came out on standard error."""
    logging.config.dictConfig(logging_settings(level="INFO"))
    structlog.contextvars.bind_contextvars(trace_id="t1")
    try:
        structlog.get_logger("a").info(
            "signed in", password="hunter2", dpop_token="x", company="C"
        )
        logging.getLogger("b").warning("register %s is slow", "cr")
    finally:
        structlog.contextvars.clear_contextvars()
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
