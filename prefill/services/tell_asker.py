"""Tell the e-service that asked for a form how far its request has come: no values in it."""

from datetime import datetime

from corpid.notices.services.tell_e_service import tell_e_service
from prefill.models import PrefillRequest


def tell_asker(*, request: PrefillRequest, state: PrefillRequest.State, at: datetime) -> None:
    """`state` is the one that the caller has just written."""
    tell_e_service(
        e_service_id=request.e_service_id,
        type=f"prefill_request.{state.value}",
        data={
            "id": request.reference,
            "company": request.company.ubi if request.company else None,
            "status": state.value,
        },
        at=at,
    )
