"""A job carries the trace of the request that asked for it."""

import json
import logging
import logging.config
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings

from corpid.errors import NotAvailable
from corpid.jobs.models import Job
from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.jobs.services.run_job import run_job
from corpid.operations.logs import logging_settings
from corpid.tracing import begin_trace, current_trace_id, end_trace
from tests.jobs.conftest import THING, Work

pytestmark = pytest.mark.django_db(transaction=True)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class PressAway(NotAvailable):
    code = "press_away"
    title = "Away"
    remedy = "Wait"


@pytest.fixture(autouse=True)
def _lines_go_where_they_went() -> Iterator[None]:
    yield
    logging.config.dictConfig(settings.LOGGING)


@pytest.fixture(autouse=True)
def _no_trace_outlives_a_test() -> Iterator[None]:
    end_trace()  # of an earlier test's request: the thread is the same
    yield
    end_trace()


def enqueue(now: datetime, *, unique_key: str | None = None) -> Job:
    return enqueue_job(
        kind="tests.work", arguments={"thing": THING}, at=now, unique_key=unique_key
    )


def lines_of(job: Job, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    logging.config.dictConfig(logging_settings(level="INFO"))
    end_trace()  # the worker is another process
    capsys.readouterr()
    run_job(job_id=job.id)
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize("unique_key", [None, "one"])
def test_every_line_of_the_worker_has_the_trace_id_of_the_request(
    work: Work, now: datetime, capsys: pytest.CaptureFixture[str], unique_key: str | None
) -> None:
    begin_trace(TRACE)
    job = enqueue(now, unique_key=unique_key)

    lines = lines_of(job, capsys)

    assert Job.objects.get().trace_id == TRACE
    assert [line["event"] for line in lines] == ["job attempted"]
    assert {(line["trace_id"], line["job_id"]) for line in lines} == {(TRACE, str(job.id))}
    assert current_trace_id() is None


def test_a_failure_is_found_by_the_same_id(
    work: Work, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    begin_trace(TRACE)
    job = enqueue(now)
    work.raising = ValueError("what a row said")

    lines = lines_of(job, capsys)

    assert [(line["event"], line["trace_id"]) for line in lines] == [
        ("job raised", TRACE),
        ("job attempted", TRACE),
    ]
    assert lines[-1]["outcome"] == "retried"


def test_what_nobody_asked_for_has_a_trace_of_its_own(
    work: Work, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    job = enqueue(now)

    [line] = lines_of(job, capsys)

    assert Job.objects.get().trace_id == ""
    assert len(line["trace_id"]) == 32


def test_a_job_that_a_job_asks_for_goes_on_in_its_trace(work: Work, now: datetime) -> None:
    begin_trace(TRACE)
    first = enqueue(now)
    end_trace()
    asked: list[str | None] = []
    real = work.__class__.__call__

    def ask_for_more(execution: Any) -> None:
        real(work, execution)
        asked.append(enqueue(now).trace_id)

    from corpid.jobs import registry  # noqa: PLC0415  as conftest does

    kind = registry._kinds["tests.work"]  # noqa: SLF001  a kind is for ever elsewhere
    object.__setattr__(kind, "work", ask_for_more)

    run_job(job_id=first.id)

    assert asked == [TRACE]
    assert current_trace_id() is None
