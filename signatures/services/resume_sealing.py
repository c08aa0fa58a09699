"""Take up the sealing of a request again that failed by our fault, while its time runs."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from signatures.models import SignatureRequest


@transaction.atomic
def resume_sealing(*, reference: str, actor: str, at: datetime) -> bool:
    """Return False where it did not fail, or is over: then somebody asks anew.

    The votes stand; whether each voter still may is asked before the signature, as ever.
    """
    request = SignatureRequest.objects.select_for_update(of=("self",)).get(reference=reference)
    if request.state != request.State.FAILED or request.expires_at <= at:
        return False
    request.state, request.ended_at, request.ended_because = request.State.SEALING, None, ""
    request.save(update_fields=["state", "ended_at", "ended_because"])
    record_event(
        kind="signatures.request.resumed",
        at=at,
        actor=actor,
        subject=request.subject,
        company_id=request.company_id,
    )
    return True
