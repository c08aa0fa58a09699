"""Let one worker in: take the lease of a job that is due, or whose worker has gone silent."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from corpid.jobs.registry import Execution

LEASE = timedelta(seconds=8)

# A row that is locked is being ended or taken this moment: nobody queues up behind it.
_TAKE = """
UPDATE jobs_job
   SET state = 'leased', fence = fence + 1, attempts = attempts + 1,
       leased_until = statement_timestamp() + make_interval(secs => %(lease)s),
       started_at = coalesce(started_at, statement_timestamp())
 WHERE id = (SELECT id FROM jobs_job
              WHERE id = %(id)s
                AND (state = 'queued' AND run_after <= statement_timestamp()
                     OR state = 'leased' AND leased_until < statement_timestamp())
                FOR UPDATE SKIP LOCKED)
RETURNING fence, arguments, kind, attempts, waits, trace_id
"""


def lease_job(*, job_id: UUID) -> Execution | None:
    """Return None if it is not this worker's turn: taken, ended or not due."""
    taken = _take(job_id)
    if taken is None:
        return None
    fence, arguments, kind, attempts, waits, trace_id = taken
    return Execution(
        job_id=job_id,
        kind=kind,
        fence=fence,
        attempts=attempts,
        waits=waits,
        arguments=json.loads(arguments),
        trace_id=trace_id,
    )


def _take(job_id: UUID) -> tuple[Any, ...] | None:
    """Use the connection that the last job left, without asking first whether it still is good.

    If it is not, a new one asks again. What the lost one did, if anything, is a lease that runs
    out: the job is nobody's until then, and done once.
    """
    is_kept = connection.connection is not None and not connection.in_atomic_block
    if is_kept:
        connection.health_check_done = True  # type: ignore[attr-defined]  # stubs lack it
    try:
        return _taken(job_id)
    except (OperationalError, InterfaceError):
        if not is_kept or connection.is_usable():
            raise
        connection.close()
        return _taken(job_id)


def _taken(job_id: UUID) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"id": job_id, "lease": LEASE.total_seconds()})
        taken: tuple[Any, ...] | None = cursor.fetchone()
    return taken
