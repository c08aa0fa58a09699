"""The worker's door."""

from collections.abc import Mapping
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from corpid.errors import gettext_noop
from corpid.jobs.registry import Execution, Queue, job
from prefill.services.abandon_retrieval import abandon_retrieval
from prefill.services.end_requests import end_requests
from prefill.services.give_consent import RETRIEVE
from prefill.services.remind_of_outcomes import remind_of_outcomes
from prefill.services.retrieve_fields import retrieve_fields
from prefill.services.warn_of_consents import warn_of_consents


def _abandoned(arguments: Mapping[str, str], _error_code: str) -> None:
    abandon_retrieval(request_id=UUID(arguments["request_id"]), at=timezone.now())


@job(RETRIEVE, queue=Queue.RETRIEVE, max_attempts=4, when_abandoned=_abandoned)
def retrieve(execution: Execution) -> None:
    def tell(done: int, total: int) -> None:
        execution.report_progress(
            done=done, total=total, message=gettext_noop("Collecting from the registers")
        )

    retrieve_fields(
        request_id=UUID(execution.arguments["request_id"]),
        completing=execution.completing,
        clock=timezone.now,
        on_progress=tell,
    )


@shared_task(name="prefill.end_requests", expires=60)
def end() -> None:
    end_requests(at=timezone.now())


@shared_task(name="prefill.remind", expires=60)
def remind() -> None:
    now = timezone.now()
    remind_of_outcomes(at=now)
    warn_of_consents(at=now)
