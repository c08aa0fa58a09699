"""Lines of log: gathered by web servers, at once elsewhere, and none is lost at the end."""

import json
import logging
import logging.config
import multiprocessing
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.test import Client

from corpid import gathering
from corpid.gathering import WINDOW
from corpid.operations import lines
from corpid.operations.lines import Output, leave_line
from corpid.operations.logs import logging_settings
from tests.gathering import gathered

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _lines_go_where_they_went() -> Iterator[None]:
    yield
    logging.config.dictConfig(settings.LOGGING)


def log_here(level: str = "INFO") -> None:
    """Log to what is standard error by now: a handler keeps that of its birth."""
    logging.config.dictConfig(logging_settings(level=level))


def events(said: str) -> list[str]:
    return [json.loads(line)["event"] for line in said.splitlines()]


def test_where_nobody_gathers_a_line_is_written_at_once(capsys: Captured) -> None:
    log_here()
    logging.getLogger("a").info("first")

    assert events(capsys.readouterr().err) == ["first"]


def test_gathered_lines_come_in_order_when_the_window_ends(capsys: Captured) -> None:
    log_here()
    with gathered(WINDOW):
        for number in range(50):
            logging.getLogger("a").info("line %s", number)
        time.sleep(3 * WINDOW)
        said = capsys.readouterr().err

    assert events(said) == [f"line {number}" for number in range(50)]


@pytest.mark.parametrize("level", [logging.WARNING, logging.ERROR])
def test_a_warning_waits_for_nobody_and_comes_after_what_was_said_before(
    capsys: Captured, level: int
) -> None:
    log_here()
    with gathered():
        logging.getLogger("a").info("before")
        assert capsys.readouterr().err == ""

        logging.getLogger("a").log(level, "trouble")

        assert events(capsys.readouterr().err) == ["before", "trouble"]


def test_when_gathering_ends_nothing_is_left(capsys: Captured) -> None:
    log_here()
    with gathered():
        logging.getLogger("a").info("last words")

    logging.getLogger("a").info("after")
    assert events(capsys.readouterr().err) == ["last words", "after"]


def test_each_write_holds_whole_lines_and_what_a_pipe_takes_in_one_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[str] = []

    class Stream:
        def write(self, text: str) -> None:
            written.append(text)

        def flush(self) -> None:
            pass

    monkeypatch.setattr(Output, "stream", Stream())
    long = "l" * 5000

    with gathered():
        for text in (*["\u7dda" * 300] * 10, long, "short"):
            leave_line(text)

    assert "".join(written) == "".join(
        f"{text}\n" for text in (*["\u7dda" * 300] * 10, long, "short")
    )
    assert all(text.endswith("\n") for text in written)
    assert [len(text.encode()) for text in written] == [3604, 3604, 1802, 5001, 6]


def test_a_flood_that_nobody_writes_fast_enough_is_written_by_who_adds_to_it(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_here()
    monkeypatch.setattr(lines, "MOST_WAITING", 3)

    with gathered():
        for text in "abc":
            leave_line(text)
        assert capsys.readouterr().err == ""
        leave_line("d")
        assert capsys.readouterr().err == "a\nb\nc\nd\n"


@pytest.mark.django_db
def test_a_request_is_answered_where_nothing_can_be_logged(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Path("/dev/full").open("w")  # noqa: SIM115  closing it is what fails
    monkeypatch.setattr(Output, "stream", full)

    answer = client.get("/problems/not_found")

    monkeypatch.undo()
    with pytest.raises(OSError, match="space"):  # the line is still there, and can't go
        full.close()
    assert answer.status_code == 200


def test_a_forked_child_says_none_of_its_parents_lines(capfd: Captured) -> None:
    log_here()
    with gathered():
        leave_line("the parent's")
        if (child := os.fork()) == 0:
            leave_line("the child's")
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert capfd.readouterr().err == "the child's\n"

    assert capfd.readouterr().err == "the parent's\n"


def test_a_servers_process_that_ends_in_order_leaves_no_line_behind(tmp_path: Path) -> None:
    """Forked by multiprocessing, as the web server's are: atexit is not run there."""
    path = tmp_path / "said"
    process = multiprocessing.get_context("fork").Process(target=_say, args=(path,))
    process.start()
    process.join(30)

    assert process.exitcode == 0
    assert path.read_text() == "last words\n"


def _say(path: Path) -> None:
    Output.stream = path.open("w")
    gathering.WINDOW = 3600.0
    gathering.begin_gathering()
    leave_line("last words")


@pytest.mark.django_db
def test_a_requests_line_has_the_form_of_all_others(client: Client, capsys: Captured) -> None:
    log_here()
    client.get("/problems/not_found")
    structlog.get_logger("corpid.operations.middleware").info(
        "request answered", route="problem", status=200, seconds=0.001
    )

    ours, others = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert set(ours) == set(others)
    assert {**ours, "timestamp": "", "seconds": 0} == {**others, "timestamp": "", "seconds": 0}
    assert len(ours["timestamp"]) == len(others["timestamp"])
    assert ours["timestamp"] <= others["timestamp"]


@pytest.mark.django_db
def test_no_line_of_a_request_is_made_where_only_warnings_are_wanted(
    client: Client, capsys: Captured
) -> None:
    log_here(level="WARNING")

    client.get("/problems/not_found")

    assert capsys.readouterr().err == ""


@pytest.mark.django_db
def test_a_gathered_request_says_its_own_trace_and_not_the_next_ones(
    client: Client, capsys: Captured
) -> None:
    log_here()
    with gathered():
        traces = [client.get("/problems/not_found")["X-Trace-Id"] for _ in range(3)]
        assert capsys.readouterr().err == ""

    said: list[dict[str, Any]] = [
        json.loads(line) for line in capsys.readouterr().err.splitlines()
    ]
    assert [line["trace_id"] for line in said] == traces
