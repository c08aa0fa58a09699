"""Tell the e-service that asked for a signature what became of it: the state, and no names."""

from datetime import datetime

from corpid.notices.services.tell_e_service import tell_e_service
from signatures.models import SignatureRequest


def tell_asker(
    *, request: SignatureRequest, state: SignatureRequest.State, at: datetime
) -> None:
    """Do nothing for a request that a person made."""
    if request.e_service_id is None:
        return
    tell_e_service(
        e_service_id=request.e_service_id,
        type=f"signature_request.{state.value}",
        data={
            "id": request.reference,
            "company": request.company.ubi,
            "status": state.value,
        },
        at=at,
    )
