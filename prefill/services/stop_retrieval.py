"""Stop fetching what may no longer be sent."""

from datetime import datetime

from corpid.audit.services.record_event import record_event
from prefill.models import PrefillRequest
from prefill.services.tell_asker import tell_asker


def stop_retrieval(*, request: PrefillRequest, at: datetime) -> None:
    stopped = PrefillRequest.objects.filter(
        pk=request.pk, state=PrefillRequest.State.FETCHING
    ).update(state=PrefillRequest.State.REVOKED)
    if stopped:
        tell_asker(request=request, state=PrefillRequest.State.REVOKED, at=at)
        record_event(
            kind="prefill.retrieval.stopped",
            at=at,
            actor="system",
            subject=request.subject,
            company_id=request.company_id,
        )
