"""Let one worker in: take the lease of a job that is due, or whose worker has gone silent."""

import json
from datetime import timedelta
from uuid import UUID

from django.db import connection

from corpid.jobs.registry import Execution

LEASE = timedelta(seconds=10)

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
RETURNING fence, arguments, kind, attempts, trace_id
"""


def lease_job(*, job_id: UUID) -> Execution | None:
    """Return None if it is not this worker's turn: taken, ended or not due."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"id": job_id, "lease": LEASE.total_seconds()})
        taken = cursor.fetchone()
    if taken is None:
        return None
    fence, arguments, kind, attempts, trace_id = taken
    return Execution(
        job_id=job_id,
        kind=kind,
        fence=fence,
        attempts=attempts,
        arguments=json.loads(arguments),
        trace_id=trace_id,
    )
