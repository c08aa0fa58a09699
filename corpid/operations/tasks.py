"""The worker's doors: call one service."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from corpid.jobs.registry import Execution, Queue, job
from corpid.operations.models import Rekeying
from corpid.operations.services import begin_rewrap, confirm_rekeying
from corpid.operations.services.lapse_rekeyings import lapse_rekeyings
from corpid.operations.services.recheck import recheck
from corpid.operations.services.rekey import rekey
from corpid.operations.services.rewrap_keys import rewrap_keys
from corpid.operations.services.rotate_keys import rotate_keys


@shared_task(name="corpid.operations.rotate_keys", expires=30)
def rotate() -> None:
    rotate_keys(at=timezone.now())


@job(begin_rewrap.KIND, queue=Queue.HOUSEKEEPING)
def rewrap(execution: Execution) -> None:
    rewrap_keys(
        report=lambda done, total, message: execution.report_progress(
            done=done, total=total, message=message
        )
    )
    with execution.completing():
        pass  # each batch is an effect of its own


@job(confirm_rekeying.KIND, queue=Queue.HOUSEKEEPING)
def replace_keys(execution: Execution) -> None:
    rekey(
        rekeying=Rekeying.objects.get(id=execution.arguments["rekeying"]),
        report=lambda done, total, message: execution.report_progress(
            done=done, total=total, message=message
        ),
        now=timezone.now,
    )
    with execution.completing():
        pass  # each key is an effect of its own


@shared_task(name="corpid.operations.lapse_rekeyings", expires=60)
def lapse() -> None:
    lapse_rekeyings(at=timezone.now())


@shared_task(name="corpid.operations.recheck", expires=30)
def look_again() -> None:
    recheck(budget=timedelta(seconds=settings.RECHECK_SECONDS_A_MINUTE), now=timezone.now)
