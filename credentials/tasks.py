"""The worker's doors: put what was held for a company into its wallet."""

from celery import shared_task
from django.utils import timezone

from authentication.models import Company
from corpid.jobs.registry import Execution, Queue, job
from credentials.services.claim_held_credentials import claim_held_credentials
from credentials.services.forget_presentation_requests import (
    forget_presentation_requests,
)
from credentials.services.land_held_credentials import CLAIM_KIND, land_held_credentials


@job(CLAIM_KIND, queue=Queue.HOUSEKEEPING)
def claim(execution: Execution) -> None:
    company = Company.objects.get(id=execution.arguments["company"])
    with execution.completing():
        claim_held_credentials(company=company, at=timezone.now())


@shared_task(name="credentials.forget", expires=600)
def forget() -> None:
    forget_presentation_requests(at=timezone.now())


@shared_task(name="credentials.land_held", expires=10)
def land_held() -> None:
    land_held_credentials(at=timezone.now())
