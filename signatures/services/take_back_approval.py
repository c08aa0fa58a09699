"""A signer takes their yes back, while the rule is not complete."""

from datetime import datetime

from django.db import transaction

from authentication.models import Person
from authentication.services.cast_vote import ApprovalNotOpen
from authentication.services.take_back_vote import take_back_vote
from signatures.models import SignatureRequest


@transaction.atomic
def take_back_approval(*, request: SignatureRequest, person: Person, at: datetime) -> None:
    """Raise ApprovalNotOpen if it is too late or there is nothing to take back."""
    locked = SignatureRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if locked.state != SignatureRequest.State.WAITING or locked.approval is None:
        raise ApprovalNotOpen(locked.state)
    take_back_vote(approval=locked.approval, person=person, at=at)
