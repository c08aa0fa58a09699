"""Kinds of work that exist for these tests only."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import pytest
from django.utils import timezone

from corpid.jobs import registry
from corpid.jobs.registry import Execution, Queue, job

THING = "thg_" + "0" * 26


@pytest.fixture
def now() -> datetime:
    """Leases follow the database's clock, so these tests live in the present."""
    return timezone.now()


class Work:
    """What the work did, and what it shall do next."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.abandoned: list[str] = []
        self.revived_by: list[str] = []
        self.can_be_revived = True
        self.raising: Exception | None = None

    def __call__(self, execution: Execution) -> None:
        execution.report_progress(done=1, total=2, message="half")
        if self.raising is not None:
            raise self.raising
        with execution.completing():
            self.done.append(execution.arguments["thing"])

    def revive(self, _arguments: Mapping[str, str], actor: str, _at: datetime) -> bool:
        if self.can_be_revived:
            self.revived_by.append(actor)
        return self.can_be_revived


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    register = job(
        "tests.work",
        queue=Queue.NOTIFY,
        max_attempts=3,
        when_abandoned=lambda _, code: work.abandoned.append(code),
        when_redriven=work.revive,
    )
    register(work)
    yield work
    del registry._kinds["tests.work"]  # noqa: SLF001  a kind is for ever elsewhere
