"""One signer says yes to exactly what they were shown; the last yes starts the signing."""

from datetime import datetime

from django.db import transaction

from authentication.joint_policy import Progress
from authentication.models import Person, Vote
from authentication.services.cast_vote import ApprovalNotOpen, cast_vote
from authentication.services.check_power import check_power
from corpid.jobs.services.enqueue_job import enqueue_job
from corpid.languages import in_each_language
from corpid.notices.services.complete_tasks import complete_tasks
from corpid.notices.services.notify_person import notify_person
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from signatures.models import SignatureRequest
from signatures.powers import SIGN


@transaction.atomic
def approve_signature(
    *, request: SignatureRequest, person: Person, digest: str, at: datetime
) -> Progress:
    """Count the yes. The door has had both factors proven for this digest.

    Two last signers at once wait for each other on the request's row: one completes the rule,
    the other finds it complete (ApprovalNotOpen).
    """
    require_function(SwitchedFunction.SIGNING)
    check_power(person=person, company=request.company, power=SIGN, at=at)
    locked = SignatureRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if locked.state != SignatureRequest.State.WAITING or locked.approval is None:
        raise ApprovalNotOpen(locked.state)
    progress = cast_vote(
        approval=locked.approval,
        person=person,
        choice=Vote.Choice.YES,
        digest=digest,
        at=at,
    )
    notify_person(
        kind="signatures.approved_in_my_name",
        person_id=person.id,
        company_id=locked.company_id,
        at=at,
        subject=f"{locked.subject}:{at.isoformat()}",
        path=f"/sign/{locked.reference}",
        facts={
            "document": locked.title,
            "company": in_each_language(request.company.name_in),
        },
    )
    complete_tasks(
        kind="signatures.approval_asked",
        subject=locked.subject,
        at=at,
        person_id=None if progress.is_complete else person.id,
    )
    if progress.is_complete:
        job = enqueue_job(
            kind="signatures.seal",
            arguments={"request": locked.reference},
            at=at,
            company_id=locked.company_id,
            unique_key=locked.reference,
        )
        locked.state = SignatureRequest.State.SEALING
        locked.seal_job_id = job.id
        locked.save(update_fields=["state", "seal_job_id"])
    return progress
