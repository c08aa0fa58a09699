"""Housekeeping: answers are kept for the 24 hours that were promised."""

from celery import shared_task
from django.utils import timezone

from corpid.api.services.purge_answers import purge_answers


@shared_task(name="corpid.api.purge_answers", expires=600)
def purge() -> None:
    purge_answers(at=timezone.now())
