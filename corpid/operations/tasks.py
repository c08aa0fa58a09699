"""The worker's doors: call one service."""

from celery import shared_task
from django.utils import timezone

from corpid.jobs.registry import Execution, Queue, job
from corpid.operations.services.begin_rewrap import KIND
from corpid.operations.services.rewrap_keys import rewrap_keys
from corpid.operations.services.rotate_keys import rotate_keys


@shared_task(name="corpid.operations.rotate_keys", expires=30)
def rotate() -> None:
    rotate_keys(at=timezone.now())


@job(KIND, queue=Queue.HOUSEKEEPING)
def rewrap(execution: Execution) -> None:
    rewrap_keys(
        report=lambda done, total, message: execution.report_progress(
            done=done, total=total, message=message
        )
    )
    with execution.completing():
        pass  # each batch is an effect of its own
