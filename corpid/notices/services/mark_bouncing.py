"""An address turned out to reach nobody: stop writing to it, and say so where it is seen."""

from datetime import datetime
from uuid import UUID

from corpid.audit.services.record_event import record_event
from corpid.notices.models import BouncingAddress
from corpid.notices.services.notify_person import notify_person

BOUNCES = "security.address_bounces"


def mark_bouncing(*, person_id: UUID, address: str, answer: str, at: datetime) -> None:
    """Do nothing to one that is marked already."""
    _, is_new = BouncingAddress.objects.get_or_create(
        address=address, defaults={"answer": answer, "bounced_at": at}
    )
    if not is_new:
        return
    record_event(
        kind="notices.address_bounces",
        at=at,
        actor="system",
        subject=f"person:{person_id}",
    )
    notify_person(  # in the inbox; its e-mail is withheld, like all others
        kind=BOUNCES,
        person_id=person_id,
        at=at,
        subject=f"address:{at.isoformat()}",
        path="/account/notices",
        facts={},
    )
