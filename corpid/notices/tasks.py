"""The worker's doors: fetch by id, call a service."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from corpid.jobs.registry import Execution, Queue, job
from corpid.notices.services.abandon_delivery import abandon_delivery
from corpid.notices.services.deliver_webhook import deliver_webhook
from corpid.notices.services.forget_events import forget_events
from corpid.notices.services.resume_delivery import resume_delivery
from corpid.notices.services.schedule_delivery import DELIVER


def _abandon_delivery(arguments: Mapping[str, str], error_code: str) -> None:
    abandon_delivery(
        reference=arguments["delivery"],
        wake=UUID(arguments["wake"]),
        error_code=error_code,
        at=timezone.now(),
    )


def _resume_delivery(arguments: Mapping[str, str], _actor: str, at: datetime) -> bool:
    return resume_delivery(reference=arguments["delivery"], wake=UUID(arguments["wake"]), at=at)


@job(
    DELIVER,
    queue=Queue.NOTIFY,
    when_abandoned=_abandon_delivery,
    when_redriven=_resume_delivery,
)
def deliver(execution: Execution) -> None:
    deliver_webhook(
        reference=execution.arguments["delivery"],
        wake=UUID(execution.arguments["wake"]),
        completing=execution.completing,
        clock=timezone.now,
    )


@shared_task(name="corpid.notices.forget", expires=600)
def forget() -> None:
    forget_events(at=timezone.now())
