"""Nothing more is tried: the request goes on without what was to be fetched."""

from datetime import datetime
from uuid import UUID

from prefill.catalogue import CATALOGUE
from prefill.field_result import FieldReason, FieldResult, FieldStatus
from prefill.models import PrefillRequest
from prefill.services.keep_results import keep_results


def abandon_retrieval(*, request_id: UUID, at: datetime) -> None:
    """Say of every item that it did not come, so that nobody waits for ever."""
    request = PrefillRequest.objects.described().get(pk=request_id)
    if request.state == PrefillRequest.State.FETCHING:
        nothing = {
            key: FieldResult(
                FieldStatus.UNAVAILABLE,
                CATALOGUE[key].register,
                at,
                reason=FieldReason.NOT_ANSWERING,
            )
            for key in request.consent.granted_keys()
        }
        keep_results(request=request, results=nothing, at=at)
