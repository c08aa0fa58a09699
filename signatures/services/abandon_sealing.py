"""Signing could not be done: the request says why and what would mend it."""

from datetime import datetime

from django.db import transaction

from signatures.models import SignatureRequest
from signatures.services.end_request import end_request

# Somebody's authority ended between the vote and the signature: asking again mends it.
_MENDED_BY_ASKING_AGAIN = {
    "authority_ended",
    "no_authority",
    "person_not_active",
    "use_restricted",
    "company_status_forbids",
}


@transaction.atomic
def abandon_sealing(*, request: SignatureRequest, error_code: str, at: datetime) -> None:
    state = (
        SignatureRequest.State.CANNOT_BE_COMPLETED
        if error_code in _MENDED_BY_ASKING_AGAIN
        else SignatureRequest.State.FAILED
    )
    end_request(request=request, state=state, because=error_code, actor="system", at=at)
