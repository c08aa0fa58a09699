"""One signer says no, with a reason: nobody signs."""

from datetime import datetime

from django.db import transaction

from authentication.models import Person, Vote
from authentication.services.cast_vote import ApprovalNotOpen, cast_vote
from authentication.services.check_power import check_power
from corpid.errors import Invalid, gettext_noop
from signatures.models import SignatureRequest
from signatures.powers import SIGN
from signatures.services.end_request import end_request


class ReasonMissing(Invalid):
    code = "reason_missing"
    title = gettext_noop("Say why you decline.")
    remedy = gettext_noop("A few words are enough; those who asked will read them.")


@transaction.atomic
def decline_request(
    *, request: SignatureRequest, person: Person, digest: str, reason: str, at: datetime
) -> None:
    check_power(person=person, company=request.company, power=SIGN, at=at)
    if not reason.strip():
        raise ReasonMissing
    locked = SignatureRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if locked.state != SignatureRequest.State.WAITING or locked.approval is None:
        raise ApprovalNotOpen(locked.state)
    cast_vote(
        approval=locked.approval,
        person=person,
        choice=Vote.Choice.NO,
        digest=digest,
        reason=reason.strip(),
        at=at,
    )
    end_request(
        request=locked,
        state=SignatureRequest.State.DECLINED,
        because=reason.strip(),
        actor=f"person:{person.id}",
        at=at,
    )
