"""Requests whose time has passed end by themselves."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from authentication.services.withdraw_approval import withdraw_approval
from signatures.models import SignatureRequest
from signatures.services.end_request import end_request


def expire_requests(*, at: datetime, at_most: int = 200) -> int:
    """End up to `at_most` of them, each in its own transaction; say how many."""
    late = SignatureRequest.objects.past_their_time(at=at).values_list("pk", flat=True)
    return sum(_expire(pk, at) for pk in late[:at_most])


@transaction.atomic
def _expire(pk: UUID, at: datetime) -> bool:
    request = (
        SignatureRequest.objects.past_their_time(at=at)
        .select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk)
        .first()
    )
    if request is None or request.approval is None:
        return False
    withdraw_approval(approval=request.approval, actor="system", at=at)
    end_request(
        request=request,
        state=SignatureRequest.State.EXPIRED,
        because="",
        actor="system",
        at=at,
    )
    return True
