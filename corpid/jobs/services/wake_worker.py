"""Send a job's id to its queue: a hint that may be lost, since the sweep sends it again."""

import logging
from uuid import UUID

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

BROKER_AWAY = (OperationalError, RedisError, OSError)


def wake_worker(*, job_id: UUID, queue: str, priority: int) -> bool:
    """Return False if the broker does not answer."""
    try:
        current_app.send_task(
            "corpid.jobs.run",
            args=[str(job_id)],
            queue=queue,
            priority=priority,
            retry=False,
        )
    except BROKER_AWAY:
        logger.warning("no wake-up for job %s: the broker does not answer", job_id)
        return False
    return True
