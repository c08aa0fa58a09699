"""The kinds of work there are, and what a piece of work sees while it runs."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from corpid.errors import Conflict, gettext_noop
from corpid.jobs.models import Job


class Queue(StrEnum):
    """Separate queues, so that one flood does not drown the others."""

    SIGN = "sign"
    VERIFY = "verify"
    RETRIEVE = "retrieve"
    NOTIFY = "notify"
    HOUSEKEEPING = "housekeeping"


WhenAbandoned = Callable[[Mapping[str, str], str], None]
WhenRedriven = Callable[[Mapping[str, str], str, datetime], bool]


class LeaseLost(Conflict):
    code = "lease_lost"
    title = gettext_noop("Another worker has taken this work over.")
    remedy = gettext_noop("Nothing to do: it goes on there.")


@dataclass(slots=True)
class Execution:
    """One worker's hold on a job, good while its fence is the newest."""

    job_id: UUID
    fence: int
    arguments: Mapping[str, str]
    is_lost: threading.Event = field(default_factory=threading.Event)

    def report_progress(self, *, done: int, total: int, message: str = "") -> None:
        """Tell pages how far it is; `message` is a text marked for translation.

        Raises LeaseLost, which is also the work's chance to stop early.
        """
        self._update(progress_done=done, progress_total=total, progress_message=message)

    @contextmanager
    def completing(self) -> Iterator[None]:
        """Run the effect and end the job in one transaction, or neither.

        Raises LeaseLost (and rolls the effect back) if another worker holds the job by now. A
        worker that is stopped inside loses its transaction after 10 s, so that the rows it
        locked do not wait for it.
        """
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '10s'")
            yield
            self._update(state=Job.State.DONE, leased_until=None, ended_at=Now())

    def _update(self, **changes: object) -> None:
        mine = Job.objects.filter(id=self.job_id, fence=self.fence, state=Job.State.LEASED)
        if self.is_lost.is_set() or not mine.update(**changes):
            raise LeaseLost


@dataclass(frozen=True, slots=True)
class JobKind:
    name: str
    queue: Queue
    work: Callable[[Execution], None]
    max_attempts: int
    when_abandoned: WhenAbandoned | None
    when_redriven: WhenRedriven | None


_kinds: dict[str, JobKind] = {}


def job(
    name: str,
    *,
    queue: Queue,
    max_attempts: int = 6,
    when_abandoned: WhenAbandoned | None = None,
    when_redriven: WhenRedriven | None = None,
) -> Callable[[Callable[[Execution], None]], Callable[[Execution], None]]:
    """Register a function in an app's tasks.py as the work of one kind of job.

    The work ends inside `with execution.completing():`. It may be run several times, by several
    workers at once even, so what it does before that must bear repeating. `when_abandoned` gets
    the arguments and the error code, in the transaction that fails or buries the job. Where it
    moved the subject on, only `when_redriven` brings it back: it gets the arguments, the actor
    and the moment, in the transaction that revives the job, and returns False if it can't.
    """

    def register(work: Callable[[Execution], None]) -> Callable[[Execution], None]:
        if name in _kinds:
            raise ValueError(f"two kinds of job are called {name}")
        _kinds[name] = JobKind(name, queue, work, max_attempts, when_abandoned, when_redriven)
        return work

    return register


def kind_named(name: str) -> JobKind:
    return _kinds[name]
