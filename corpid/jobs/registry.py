"""The kinds of work there are, and what a piece of work sees while it runs."""

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from corpid.errors import Conflict, PartAway, gettext_noop
from corpid.jobs.models import Job


class Queue(StrEnum):
    """Separate queues, so that one flood does not drown the others."""

    SIGN = "sign"
    VERIFY = "verify"
    RETRIEVE = "retrieve"
    NOTIFY = "notify"  # webhooks: how long they take is up to others
    MAIL = "mail"
    HOUSEKEEPING = "housekeeping"


LONGEST_WAIT = timedelta(minutes=5)


def back_off(attempts: int) -> timedelta:
    """Double the wait with each attempt, up to five minutes."""
    return min(timedelta(seconds=2 ** min(attempts, 16)), LONGEST_WAIT)


def wait_for_switch(waits: int) -> timedelta:
    """Double the wait each time, from 5 s to a minute: people turn a switch, and wake us."""
    return min(timedelta(seconds=5 * 2 ** min(waits, 8)), timedelta(minutes=1))


def spread(wait: timedelta) -> timedelta:
    """Lengthen a wait by up to half: what failed together does not come back together."""
    return wait * (1 + secrets.randbelow(500) / 1000)


WaitAfter = Callable[[int], timedelta]
WhenAbandoned = Callable[[Mapping[str, str], str], None]
WhenRedriven = Callable[[Mapping[str, str], str, datetime], bool]


class LeaseLost(Conflict):
    code = "lease_lost"
    title = gettext_noop("Another worker has taken this work over.")
    remedy = gettext_noop("Nothing to do: it goes on there.")


class KindUnknown(PartAway):
    """While two releases run side by side, the older may be woken for the newer's work."""

    code = "job_kind_unknown"
    title = gettext_noop("This release does not know that kind of work.")
    remedy = gettext_noop("Nothing to do: it waits for a worker that does.")


@dataclass(slots=True)
class Execution:
    """One worker's hold on a job, good while its fence is the newest.

    `attempts` counts this one; `waits` how often in a row it found what it needs switched off.
    """

    job_id: UUID
    kind: str
    fence: int
    attempts: int
    waits: int
    arguments: Mapping[str, str]
    trace_id: str  # empty: nobody's
    is_lost: threading.Event = field(default_factory=threading.Event)

    def report_progress(self, *, done: int, total: int, message: str = "") -> None:
        """Tell pages how far it is; `message` is a text marked for translation.

        Raises LeaseLost, which is also the work's chance to stop early.
        """
        self._update(progress_done=done, progress_total=total, progress_message=message)

    @contextmanager
    def completing(self) -> Iterator[None]:
        """End the job and run the effect in one transaction, or neither.

        Raises LeaseLost, before anything is changed, if another worker holds the job by now.
        The job's row is locked first, and what it is about after it, unless others lock that
        before they ask for such a job (publish_status_list). A worker that is stopped inside
        loses its transaction after 10 s, so that the rows it locked do not wait for it.
        """
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '10s'")
            self._update(state=Job.State.DONE, leased_until=None, ended_at=Now())
            yield

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
    priority: Job.Priority
    wait_after: WaitAfter
    when_abandoned: WhenAbandoned | None
    when_redriven: WhenRedriven | None


_kinds: dict[str, JobKind] = {}


def job(
    name: str,
    *,
    queue: Queue,
    max_attempts: int = 6,
    priority: Job.Priority = Job.Priority.NORMAL,
    wait_after: WaitAfter = back_off,
    when_abandoned: WhenAbandoned | None = None,
    when_redriven: WhenRedriven | None = None,
) -> Callable[[Callable[[Execution], None]], Callable[[Execution], None]]:
    """Register a function in an app's tasks.py as the work of one kind of job.

    The work ends inside `with execution.completing():`. It may be run several times, by several
    workers at once even, so what it does before that must bear repeating. `wait_after` is told
    how many attempts have failed. `when_abandoned` gets the arguments and the error code, in
    the transaction that fails, buries or stops the job. Where it moved the subject on, only
    `when_redriven` brings it back: it gets the arguments, the actor and the moment, in the
    transaction that revives the job, and returns False if it can't.
    """

    def register(work: Callable[[Execution], None]) -> Callable[[Execution], None]:
        if name in _kinds:
            raise ValueError(f"two kinds of job are called {name}")
        _kinds[name] = JobKind(
            name=name,
            queue=queue,
            work=work,
            max_attempts=max_attempts,
            priority=priority,
            wait_after=wait_after,
            when_abandoned=when_abandoned,
            when_redriven=when_redriven,
        )
        return work

    return register


def kind_named(name: str) -> JobKind:
    """Raise KindUnknown for what another release of the code knows, perhaps."""
    try:
        return _kinds[name]
    except KeyError:
        raise KindUnknown(name) from None


def kinds() -> tuple[JobKind, ...]:
    return tuple(_kinds.values())
