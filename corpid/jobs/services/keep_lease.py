"""Renew a lease from beside the work, every 2 s of its 8."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import timedelta

import structlog
from django.db import DatabaseError, connection
from django.db.models.functions import Now

from corpid.jobs.models import Job
from corpid.jobs.registry import Execution
from corpid.jobs.services.lease_job import LEASE

RENEWAL = timedelta(seconds=2)

logger = structlog.get_logger(__name__)


@contextmanager
def keep_lease(*, execution: Execution) -> Iterator[None]:
    """Hold the lease while the block runs; `execution.is_lost` is set when it has gone."""
    is_over = threading.Event()

    def renew() -> None:
        try:
            while not is_over.wait(RENEWAL.total_seconds()):
                held = Job.objects.filter(
                    id=execution.job_id, fence=execution.fence, state=Job.State.LEASED
                ).update(leased_until=Now() + LEASE)
                if not held:
                    execution.is_lost.set()
                    return
        except DatabaseError:
            # The work's own connection will meet the same trouble; the lease then runs out.
            logger.warning("lease not renewed", exc_info=True)
        finally:
            connection.close()

    thread = threading.Thread(
        target=copy_context().run, args=(renew,), name="lease", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
