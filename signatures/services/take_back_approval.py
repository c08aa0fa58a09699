"""A signer takes their yes back, while the rule is not complete."""

from datetime import datetime

from django.db import transaction

from authentication.models import Person
from authentication.services.cast_vote import ApprovalNotOpen
from authentication.services.check_power import check_power
from authentication.services.take_back_vote import take_back_vote
from corpid.notices.services.reopen_tasks import reopen_tasks
from signatures.models import SignatureRequest
from signatures.powers import SIGN


@transaction.atomic
def take_back_approval(*, request: SignatureRequest, person: Person, at: datetime) -> None:
    """Count the yes no longer; the person's task waits again.

    Raises what check_power does, and ApprovalNotOpen if it is too late or there is nothing to
    take back. (Of somebody who lost the power the yes no longer counts anyway.)
    """
    check_power(person=person, company=request.company, power=SIGN, at=at)
    locked = SignatureRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if locked.state != SignatureRequest.State.WAITING or locked.approval is None:
        raise ApprovalNotOpen(locked.state)
    take_back_vote(approval=locked.approval, person=person, at=at)
    reopen_tasks(kind="signatures.approval_asked", subject=locked.subject, person_id=person.id)
