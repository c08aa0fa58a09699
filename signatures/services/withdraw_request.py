"""Those who asked take the request back, while nobody has begun to sign."""

from datetime import datetime

from django.db import transaction

from authentication.models import EService, Person
from authentication.services.cast_vote import ApprovalNotOpen
from authentication.services.check_power import check_power
from authentication.services.withdraw_approval import withdraw_approval
from signatures.models import SignatureRequest
from signatures.powers import PREPARE
from signatures.services.end_request import end_request
from signatures.services.find_request import NoSuchRequest


@transaction.atomic
def withdraw_request(
    *,
    request: SignatureRequest,
    at: datetime,
    person: Person | None = None,
    e_service: EService | None = None,
) -> None:
    """Withdraw for the e-service that asked, or a person who may prepare for the company.

    Raises what check_power does, NoSuchRequest for another e-service, and ApprovalNotOpen.
    """
    actor = _actor(request, person, e_service, at)
    locked = SignatureRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if locked.state != SignatureRequest.State.WAITING or locked.approval is None:
        raise ApprovalNotOpen(locked.state)
    withdraw_approval(approval=locked.approval, actor=actor, at=at)
    end_request(
        request=locked, state=SignatureRequest.State.WITHDRAWN, because="", actor=actor, at=at
    )


def _actor(
    request: SignatureRequest, person: Person | None, e_service: EService | None, at: datetime
) -> str:
    if person is not None:
        check_power(person=person, company=request.company, power=PREPARE, at=at)
        return f"person:{person.id}"
    if e_service is None:
        raise TypeError("a request is withdrawn by a person or by an e-service")
    if e_service.id != request.e_service_id:
        raise NoSuchRequest(request.reference)
    return f"e-service:{e_service.client_id}"
