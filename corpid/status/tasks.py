"""The worker's doors: publish one list, and see which lists are due."""

from celery import shared_task
from django.utils import timezone

from corpid.jobs.registry import Execution, Queue, job
from corpid.status.services.publish_status_list import publish_status_list
from corpid.status.services.refresh_status_lists import refresh_status_lists
from corpid.status.services.set_status import PUBLISH_KIND


@job(PUBLISH_KIND, queue=Queue.HOUSEKEEPING)
def publish(execution: Execution) -> None:
    publish_status_list(
        list_id=execution.arguments["list_id"],
        at=timezone.now(),
        completing=execution.completing,
    )


@shared_task(name="corpid.status.refresh", expires=20)
def refresh() -> None:
    refresh_status_lists(at=timezone.now())
