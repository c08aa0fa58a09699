"""The worker's doors: fetch by id, call a service."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from corpid.jobs.registry import Execution, Queue, job
from corpid.notices.services.abandon_delivery import abandon_delivery
from corpid.notices.services.abandon_mail import abandon_mail
from corpid.notices.services.ask_for_mail import SEND
from corpid.notices.services.deliver_webhook import deliver_webhook
from corpid.notices.services.forget_events import forget_events
from corpid.notices.services.forget_notices import forget_notices
from corpid.notices.services.forget_secrets import forget_secrets
from corpid.notices.services.resume_delivery import resume_delivery
from corpid.notices.services.resume_mail import resume_mail
from corpid.notices.services.schedule_delivery import DELIVER
from corpid.notices.services.send_mail import send_mail

_MAIL_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=2),
    *(timedelta(hours=4) for _ in range(5)),
)  # about a day in all, as mail servers try each other


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


def _wait_after(attempts: int) -> timedelta:
    return _MAIL_WAITS[min(attempts, len(_MAIL_WAITS)) - 1]


def _abandon_mail(arguments: Mapping[str, str], error_code: str) -> None:
    abandon_mail(mail_id=UUID(arguments["mail"]), error_code=error_code, at=timezone.now())


def _resume_mail(arguments: Mapping[str, str], _actor: str, _at: datetime) -> bool:
    return resume_mail(mail_id=UUID(arguments["mail"]))


@job(
    SEND,
    queue=Queue.MAIL,
    max_attempts=len(_MAIL_WAITS) + 1,
    wait_after=_wait_after,
    when_abandoned=_abandon_mail,
    when_redriven=_resume_mail,
)
def send(execution: Execution) -> None:
    send_mail(
        mail_id=UUID(execution.arguments["mail"]),
        completing=execution.completing,
        clock=timezone.now,
    )


@shared_task(name="corpid.notices.forget", expires=600)
def forget() -> None:
    now = timezone.now()
    forget_events(at=now)
    forget_secrets(at=now)
    forget_notices(at=now)
