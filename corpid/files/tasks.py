"""The timetable's door: look for orphans every hour."""

from celery import shared_task
from django.utils import timezone

from corpid.files.services.sweep_orphans import sweep_orphans


@shared_task(name="corpid.files.sweep", expires=1800)
def sweep() -> None:
    sweep_orphans(at=timezone.now())
