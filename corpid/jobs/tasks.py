"""The worker's doors: one to run a job by id, one for the sweep, one to forget."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from corpid.jobs.services.purge_jobs import purge_jobs
from corpid.jobs.services.run_job import run_job
from corpid.jobs.services.sweep_jobs import sweep_jobs


@shared_task(name="corpid.jobs.run")
def run(job_id: str) -> None:
    run_job(job_id=UUID(job_id))


@shared_task(name="corpid.jobs.sweep", expires=10)
def sweep() -> None:
    sweep_jobs()


@shared_task(name="corpid.jobs.purge", expires=600)
def purge() -> None:
    purge_jobs(at=timezone.now())
