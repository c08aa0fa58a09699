"""The timetable's doors: seal every second, publish every five, make months every hour."""

from celery import shared_task
from django.utils import timezone

from corpid.audit.services.ensure_partitions import ensure_partitions
from corpid.audit.services.publish_checkpoint import publish_checkpoint
from corpid.audit.services.seal_events import seal_events


@shared_task(name="corpid.audit.seal", expires=5)
def seal() -> None:
    seal_events()


@shared_task(name="corpid.audit.publish", expires=10)
def publish() -> None:
    publish_checkpoint(at=timezone.now())


@shared_task(name="corpid.audit.make_months", expires=600)
def make_months() -> None:
    ensure_partitions(at=timezone.now())
