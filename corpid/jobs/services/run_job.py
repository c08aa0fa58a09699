"""Run one job under its lease and decide what follows when the work does not end well."""

import time
import traceback
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Now

from corpid.errors import CorpIDError, NotAvailable, PartAway, SwitchedOff
from corpid.jobs.models import Job
from corpid.jobs.registry import (
    Execution,
    JobKind,
    KindUnknown,
    LeaseLost,
    kind_named,
    spread,
    wait_for_switch,
)
from corpid.jobs.services.keep_lease import keep_lease
from corpid.jobs.services.lease_job import lease_job
from corpid.meters.counted import AttemptOutcome, count_attempt
from corpid.restores.services.require_finished_restore import require_finished_restore
from corpid.tracing import begin_trace, end_trace

WAIT_FOR_A_PART = timedelta(seconds=5)

logger = structlog.get_logger(__name__)


def run_job(*, job_id: UUID) -> None:
    """Do the work once. A second delivery of the same id finds nothing to do."""
    execution = lease_job(job_id=job_id)
    if execution is None:
        return
    begin_trace(execution.trace_id, job_id=str(job_id), job_kind=execution.kind)
    began = time.monotonic()
    try:
        outcome = _run(execution, kind_named(execution.kind))
        seconds = time.monotonic() - began
        count_attempt(kind=execution.kind, outcome=outcome, seconds=seconds)
        logger.info("job attempted", outcome=outcome.value, seconds=round(seconds, 3))
    except KindUnknown as error:
        logger.warning("job of an unknown kind")
        _wait(execution, error.code, str(error))
    finally:
        end_trace()


def _run(execution: Execution, kind: JobKind) -> AttemptOutcome:
    if execution.attempts > kind.max_attempts:  # its worker died each time
        return _abandon(execution, kind, Job.State.DEAD, "attempts_used_up", "worker died")
    return _work(execution, kind)


def _work(execution: Execution, kind: JobKind) -> AttemptOutcome:
    try:
        require_finished_restore()
        with keep_lease(execution=execution):
            kind.work(execution)
    except LeaseLost:
        logger.info("lease lost")
        return AttemptOutcome.LOST
    except PartAway as error:
        wait = _wait_for_people if isinstance(error, SwitchedOff) else _wait
        return wait(execution, error.code, str(error))
    except NotAvailable as error:
        return _retry_or_bury(execution, kind, error.code, str(error))
    except CorpIDError as error:
        return _abandon(execution, kind, Job.State.FAILED, error.code, str(error))
    except Exception as error:
        logger.exception("job raised")
        return _retry_or_bury(execution, kind, "unexpected_error", _place_of(error))
    return AttemptOutcome.DONE


def _place_of(error: Exception) -> str:
    """Say what was raised where, and not its text: that may quote a row or a document."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    where = (ours or frames)[-1]
    return f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"


def _wait(execution: Execution, code: str, line: str) -> AttemptOutcome:
    """Try again in a while: an outage of our own, however long, uses up no attempts."""
    return _put_off(execution, code, line, wait=WAIT_FOR_A_PART, waits=0)


def _wait_for_people(execution: Execution, code: str, line: str) -> AttemptOutcome:
    """Look less and less often: `wake_waiting` comes before that when it is on again."""
    wait = wait_for_switch(execution.waits)
    return _put_off(execution, code, line, wait=wait, waits=execution.waits + 1)


def _put_off(
    execution: Execution, code: str, line: str, *, wait: timedelta, waits: int
) -> AttemptOutcome:
    said_before = Q(errors__contains=[line[:1000]])
    _mine(execution).update(
        state=Job.State.QUEUED,
        leased_until=None,
        attempts=F("attempts") - 1,
        run_after=Now() + spread(wait),
        waits=waits,
        error_code=code,
        errors=Case(When(said_before, then=F("errors")), default=_with(line)),
    )
    return AttemptOutcome.WAITED


def _retry_or_bury(execution: Execution, kind: JobKind, code: str, line: str) -> AttemptOutcome:
    if execution.attempts >= kind.max_attempts:
        return _abandon(execution, kind, Job.State.DEAD, code, line)
    _mine(execution).update(
        state=Job.State.QUEUED,
        leased_until=None,
        run_after=Now() + spread(kind.wait_after(execution.attempts)),
        error_code=code,
        errors=_with(line),
    )
    return AttemptOutcome.RETRIED


@transaction.atomic
def _abandon(
    execution: Execution, kind: JobKind, state: Job.State, code: str, line: str
) -> AttemptOutcome:
    ended = _mine(execution).update(
        state=state, leased_until=None, ended_at=Now(), error_code=code, errors=_with(line)
    )
    if ended and kind.when_abandoned:
        kind.when_abandoned(execution.arguments, code)
    return AttemptOutcome.DEAD if state == Job.State.DEAD else AttemptOutcome.FAILED


def _mine(execution: Execution) -> models.QuerySet[Job]:
    return Job.objects.filter(
        id=execution.job_id, fence=execution.fence, state=Job.State.LEASED
    )


def _with(line: str) -> Func:
    return Func(
        F("errors"),
        Value(line[:1000]),
        function="array_append",
        output_field=ArrayField(models.TextField()),
    )
