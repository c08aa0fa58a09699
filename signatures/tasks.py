"""The worker's doors: fetch by id, call a service."""

from collections.abc import Mapping
from datetime import datetime

from celery import shared_task
from django.utils import timezone

from corpid.files.services.purge_files import purge_files
from corpid.jobs.crash_point import reach_crash_point
from corpid.jobs.registry import Execution, Queue, job
from signatures.models import SignatureRequest, Verification
from signatures.services.abandon_sealing import abandon_sealing
from signatures.services.complete_request import complete_request
from signatures.services.expire_requests import expire_requests
from signatures.services.fail_verification import fail_verification
from signatures.services.forget_verifications import forget_verifications
from signatures.services.record_verdict import record_verdict
from signatures.services.release_documents import release_documents
from signatures.services.resume_sealing import resume_sealing
from signatures.services.seal_documents import seal_documents
from signatures.services.verify_file import verify_file


def _abandon_sealing(arguments: Mapping[str, str], error_code: str) -> None:
    abandon_sealing(
        request=SignatureRequest.objects.get(reference=arguments["request"]),
        error_code=error_code,
        at=timezone.now(),
    )


def _abandon_verification(arguments: Mapping[str, str], _error_code: str) -> None:
    fail_verification(
        verification=Verification.objects.get(reference=arguments["verification"]),
        at=timezone.now(),
    )


def _resume_sealing(arguments: Mapping[str, str], actor: str, at: datetime) -> bool:
    return resume_sealing(reference=arguments["request"], actor=actor, at=at)


@job(
    "signatures.seal",
    queue=Queue.SIGN,
    max_attempts=6,
    when_abandoned=_abandon_sealing,
    when_redriven=_resume_sealing,
)
def seal(execution: Execution) -> None:
    request = SignatureRequest.objects.select_related(
        "company__current_name", "approval__company", "made_by", "e_service"
    ).get(reference=execution.arguments["request"])
    sealed = seal_documents(
        request=request,
        report=lambda done, total, message: execution.report_progress(
            done=done, total=total, message=message
        ),
    )
    with execution.completing():
        complete_request(request=request, sealed=sealed, at=timezone.now())
    reach_crash_point("signatures.seal.after_commit")


@job(
    "signatures.verify",
    queue=Queue.VERIFY,
    max_attempts=3,
    when_abandoned=_abandon_verification,
)
def verify(execution: Execution) -> None:
    verification = Verification.objects.get(reference=execution.arguments["verification"])
    verdict = verify_file(digest_hex=verification.digest, at=timezone.now())
    with execution.completing():
        record_verdict(verification=verification, verdict=verdict, at=timezone.now())


@shared_task(name="signatures.expire", expires=60)
def expire() -> None:
    expire_requests(at=timezone.now())


@shared_task(name="signatures.forget", expires=60)
def forget() -> None:
    forget_verifications(at=timezone.now())
    release_documents(at=timezone.now())
    purge_files(at=timezone.now())
