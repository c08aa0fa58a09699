"""A caseworker takes up again what failed by our fault: the approvals given are not lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from corpid.audit.models import Event
from corpid.jobs.models import Job
from corpid.jobs.services.redrive_job import JobMovedOn, redrive_job
from signatures.models import SignatureRequest
from signatures.services.abandon_sealing import abandon_sealing
from tests.signatures.conftest import House


def abandoned(house: House, pdf: bytes, error_code: str) -> tuple[SignatureRequest, Job]:
    request = house.open_request(pdf)
    house.approve(request, *house.directors[:2])
    job = Job.objects.get(kind="signatures.seal", arguments__request=request.reference)
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.DEAD, ended_at=timezone.now(), error_code=error_code
    )
    request.refresh_from_db()
    abandon_sealing(request=request, error_code=error_code, at=timezone.now())
    return request, job


def test_what_failed_by_our_fault_is_signed_with_the_approvals_given(
    house: House, pdf: bytes
) -> None:
    request, job = abandoned(house, pdf, "unexpected_error")

    redrive_job(job_id=job.id, actor="caseworker:1", at=timezone.now())
    house.run_jobs()

    request.refresh_from_db()
    assert request.state == request.State.COMPLETE
    event = Event.objects.get(kind="signatures.request.resumed", subject=request.subject)
    assert event.actor == "caseworker:1"


def test_what_somebody_elses_authority_ended_is_asked_anew(house: House, pdf: bytes) -> None:
    request, job = abandoned(house, pdf, "authority_ended")

    with pytest.raises(JobMovedOn):
        redrive_job(job_id=job.id, actor="caseworker:1", at=timezone.now())

    request.refresh_from_db()
    assert request.state == request.State.CANNOT_BE_COMPLETED


def test_after_its_time_a_request_stays_failed(house: House, pdf: bytes) -> None:
    request, job = abandoned(house, pdf, "unexpected_error")

    with pytest.raises(JobMovedOn):
        redrive_job(job_id=job.id, actor="caseworker:1", at=request.expires_at)
    redrive_job(
        job_id=job.id, actor="caseworker:1", at=request.expires_at - timedelta(seconds=1)
    )

    request.refresh_from_db()
    assert request.state == request.State.SEALING
