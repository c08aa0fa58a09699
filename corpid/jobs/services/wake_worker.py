"""Send a job's id to its queue: a hint that may be lost, since the sweep sends it again."""

import logging
from uuid import UUID

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def wake_worker(*, job_id: UUID, queue: str) -> None:
    try:
        current_app.send_task("corpid.jobs.run", args=[str(job_id)], queue=queue, retry=False)
    except (OperationalError, RedisError, OSError):
        logger.warning("no wake-up for job %s: the broker does not answer", job_id)
