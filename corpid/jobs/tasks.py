"""The worker's doors: one to run a job by id, one for the sweep."""

from uuid import UUID

from celery import shared_task

from corpid.jobs.services.run_job import run_job
from corpid.jobs.services.sweep_jobs import sweep_jobs


@shared_task(name="corpid.jobs.run")
def run(job_id: str) -> None:
    run_job(job_id=UUID(job_id))


@shared_task(name="corpid.jobs.sweep", expires=10)
def sweep() -> None:
    sweep_jobs()
