"""Housekeeping: answers are kept for the 24 hours that were promised."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from corpid.api.services.purge_answers import purge_answers

KEPT_FOR = timedelta(hours=24)


@shared_task(name="corpid.api.purge_answers", expires=600)
def purge() -> None:
    purge_answers(before=timezone.now() - KEPT_FOR)
