"""A request ends without a signature: everybody who was asked or who asked is told."""

from datetime import datetime

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.languages import in_each_language
from corpid.notices.services.complete_tasks import complete_tasks
from corpid.notices.services.find_asked import find_asked
from corpid.notices.services.notify_person import notify_person
from signatures.models import SignatureRequest
from signatures.services.find_concerned import find_concerned
from signatures.services.tell_asker import tell_asker

ASKED = "signatures.approval_asked"


@transaction.atomic
def end_request(
    *,
    request: SignatureRequest,
    state: SignatureRequest.State,
    because: str,
    actor: str,
    at: datetime,
) -> None:
    """Close an open request; nothing happens to one that has ended already."""
    ended = SignatureRequest.objects.filter(
        pk=request.pk, state__in=SignatureRequest.OPEN
    ).update(state=state, ended_at=at, ended_because=because)
    if not ended:
        return
    record_event(
        kind=f"signatures.request.{state.value}",
        at=at,
        actor=actor,
        subject=request.subject,
        company_id=request.company_id,
        facts={"because": because} if state == state.CANNOT_BE_COMPLETED else {},
        personal={"because": because} if because else {},
    )
    tell_asker(request=request, state=state, at=at)
    asked = find_asked(kind=ASKED, subject=request.subject)
    complete_tasks(kind=ASKED, subject=request.subject, at=at)
    told = {person.id for person in find_concerned(request=request)}
    kind = "signatures.ended"
    if state == SignatureRequest.State.CANNOT_BE_COMPLETED:
        kind = "signatures.cannot_be_completed"
        told |= asked
    for person_id in sorted(told):
        notify_person(
            kind=kind,
            person_id=person_id,
            company_id=request.company_id,
            at=at,
            subject=request.subject,
            path=f"/sign/{request.reference}",
            facts={
                "document": request.title,
                "company": in_each_language(request.company.name_in),
            },
        )
