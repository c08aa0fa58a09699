"""Wake again what is late: lost wake-ups, back-off that has passed, silent workers."""

import logging
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.db.models.functions import Now

from corpid.jobs.models import Job
from corpid.jobs.registry import Queue
from corpid.jobs.services.wake_worker import BROKER_AWAY, wake_worker

PATIENCE = timedelta(seconds=8)  # a busy queue is not a lost wake-up
BATCH = 500
MOST_WAKE_UPS = 1000  # that wait in one queue of the broker

logger = logging.getLogger(__name__)


def sweep_jobs() -> int:
    """Return how many were woken. Several sweeps at once wake each job once.

    While workers are slow or away, their wake-ups still lie in the broker: no more are added
    to a queue than it takes to keep them busy, however many jobs wait.
    """
    try:
        waiting = _wake_ups_waiting()
    except BROKER_AWAY:
        logger.warning("no sweep: the broker does not answer")
        return 0
    woken = 0
    for job_id, queue, priority in _take_late(waiting):
        if not wake_worker(job_id=job_id, queue=queue, priority=priority):
            break  # each of the rest would wait for the broker as long
        woken += 1
    return woken


def _wake_ups_waiting() -> Counter[str]:
    with current_app.connection_for_write() as broker:
        channel: Any = broker.channel()  # kombu's types leave out what a channel can do
        return Counter(
            {queue.value: channel.queue_declare(queue.value).message_count for queue in Queue}
        )


@transaction.atomic
def _take_late(waiting: Counter[str]) -> list[tuple[UUID, str, int]]:
    full = [queue for queue, count in waiting.items() if count >= MOST_WAKE_UPS]
    late = list(
        Job.objects.late(patience=PATIENCE)
        .exclude(queue__in=full)
        .select_for_update(skip_locked=True)
        .values_list("id", "queue", "priority")[:BATCH]
    )
    Job.objects.filter(id__in=[job_id for job_id, _, _ in late]).update(woken_at=Now())
    return late
