"""The signed files become the request's documents: the one moment at which it is signed."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.languages import in_each_language
from corpid.notices.services.notify_person import notify_person
from corpid.operations.models import SwitchedFunction
from corpid.operations.services.require_function import require_function
from signatures.models import Document, SignatureRequest
from signatures.services.find_concerned import find_concerned
from signatures.services.hand_over_documents import hand_over_documents
from signatures.services.seal_documents import Sealed
from signatures.services.tell_asker import tell_asker


@transaction.atomic
def complete_request(
    *, request: SignatureRequest, sealed: Sequence[Sealed], at: datetime
) -> None:
    """Complete a request that is being sealed; a second completion changes nothing.

    Raises SigningSwitchedOff: what was signed while the switch was turned is never seen.
    """
    require_function(SwitchedFunction.SIGNING)
    completed = SignatureRequest.objects.filter(
        pk=request.pk, state=SignatureRequest.State.SEALING
    ).update(state=SignatureRequest.State.COMPLETE, ended_at=at)
    if not completed:
        return
    for each in sealed:
        Document.objects.filter(pk=each.document_id, signed_digest="").update(
            signed_digest=each.digest_hex, signed_at=each.at
        )
    hand_over_documents(request=request, at=at)
    record_event(
        kind="signatures.request.complete",
        at=at,
        actor="system",
        subject=request.subject,
        company_id=request.company_id,
        facts={"documents": [each.digest_hex for each in sealed]},
    )
    tell_asker(request=request, state=SignatureRequest.State.COMPLETE, at=at)
    for person in find_concerned(request=request):
        notify_person(
            kind="signatures.complete",
            person_id=person.id,
            company_id=request.company_id,
            at=at,
            subject=request.subject,
            path=f"/sign/{request.reference}",
            facts={
                "document": request.title,
                "company": in_each_language(request.company.name_in),
            },
        )
