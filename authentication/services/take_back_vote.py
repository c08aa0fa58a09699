"""A yes can be taken back until the rule is complete."""

from datetime import datetime

from django.db import transaction

from authentication.models import Approval, Person, Vote
from authentication.services.cast_vote import ApprovalNotOpen
from corpid.audit.services.record_event import record_event


@transaction.atomic
def take_back_vote(*, approval: Approval, person: Person, at: datetime) -> None:
    """Raise ApprovalNotOpen if it is too late, or there is no vote to take back."""
    approval = Approval.objects.select_for_update().get(id=approval.id)
    if approval.state != Approval.State.WAITING or at >= approval.closes_at:
        raise ApprovalNotOpen(approval.state)
    taken_back = Vote.objects.filter(
        approval=approval, person=person, choice=Vote.Choice.YES, taken_back_at=None
    ).update(taken_back_at=at)
    if not taken_back:
        raise ApprovalNotOpen("no standing vote")
    record_event(
        kind="authentication.approval.taken_back",
        at=at,
        actor=f"person:{person.id}",
        subject=approval.subject,
        company_id=approval.company_id,
        facts={"approval": str(approval.id)},
    )
