"""The asker takes the question back, or its time has passed."""

from datetime import datetime

from django.db import transaction

from authentication.models import Approval
from authentication.services.cast_vote import ApprovalNotOpen
from corpid.audit.services.record_event import record_event


@transaction.atomic
def withdraw_approval(*, approval: Approval, actor: str, at: datetime) -> None:
    """Close a waiting approval, as expired once its time has passed. Raises ApprovalNotOpen."""
    waiting = Approval.objects.filter(id=approval.id, state=Approval.State.WAITING)
    has_expired = at >= approval.closes_at
    state = Approval.State.EXPIRED if has_expired else Approval.State.WITHDRAWN
    if not waiting.update(state=state):
        raise ApprovalNotOpen
    record_event(
        kind=f"authentication.approval.{state}",
        at=at,
        actor=actor,
        subject=approval.subject,
        company_id=approval.company_id,
        facts={"approval": str(approval.id)},
    )
