"""Measure how far each queue is behind, for gauges, readiness and alarms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Min

from corpid.jobs.models import Job
from corpid.jobs.registry import Queue
from corpid.jobs.services.purge_jobs import KEPT

# Both read partial indexes of what is open or dead: jobs that are done cost nothing here.
_OPEN = """
SELECT queue,
       count(*) FILTER (WHERE state = 'queued' AND run_after <= %(at)s),
       count(*) FILTER (WHERE state = 'queued' AND run_after > %(at)s),
       count(*) FILTER (WHERE state = 'leased'),
       min(run_after) FILTER (WHERE state = 'queued' AND run_after <= %(at)s)
  FROM jobs_job
 WHERE state IN ('queued', 'leased')
 GROUP BY queue
"""


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """`waiting` jobs are due and no worker has them; `later` ones wait for their moment.

    `waiting_for` is how long the longest has been due; none if nothing waits.
    """

    waiting: int = 0
    later: int = 0
    running: int = 0
    dead: int = 0
    waiting_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class JobFigures:
    """`unpurged_for`: how long the oldest ended job has been due to be forgotten."""

    queues: Mapping[str, QueueFigures]
    unpurged_for: timedelta | None


def measure_jobs(*, at: datetime) -> JobFigures:
    """Three queries, whatever the number of jobs that are done."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"at": at})
        opened = {queue: figures for queue, *figures in cursor.fetchall()}
    dead = dict(
        Job.objects.filter(state=Job.State.DEAD)
        .values_list("queue")
        .annotate(Count("id"))
        .order_by()
    )
    names = [*(queue.value for queue in Queue), *(opened.keys() | dead.keys())]
    return JobFigures(
        queues={
            name: _figures(opened.get(name), dead.get(name, 0), at)
            for name in dict.fromkeys(names)
        },
        unpurged_for=_unpurged_for(at),
    )


def _figures(
    opened: tuple[int, int, int, datetime | None] | None, dead: int, at: datetime
) -> QueueFigures:
    if opened is None:
        return QueueFigures(dead=dead)
    waiting, later, running, oldest = opened
    return QueueFigures(
        waiting=waiting,
        later=later,
        running=running,
        dead=dead,
        waiting_for=None if oldest is None else at - oldest,
    )


def _unpurged_for(at: datetime) -> timedelta | None:
    oldest = Job.objects.dealt_with(before=at - KEPT).aggregate(Min("ended_at"))[
        "ended_at__min"
    ]
    return None if oldest is None else at - KEPT - oldest
