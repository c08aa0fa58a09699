"""A person whose e-mail came back has us write to the same address again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from corpid.audit.services.record_event import record_event
from corpid.notices.models import BouncingAddress
from corpid.notices.services.notify_person import notify_person

TRIED_AGAIN = "notices.address_tried_again"


@transaction.atomic
def mend_address(*, person_id: UUID, address: str, at: datetime) -> bool:
    """Take the mark off and send one e-mail: it arrives, or the mark comes back.

    Return False, and send nothing, if there is none.
    """
    gone, _ = BouncingAddress.objects.filter(address=address).delete()
    if not gone:
        return False
    record_event(
        kind="notices.address_tried_again",
        at=at,
        actor=f"person:{person_id}",
        subject=f"person:{person_id}",
    )
    notify_person(
        kind=TRIED_AGAIN,
        person_id=person_id,
        at=at,
        subject=f"address:{at.isoformat()}",
        path="/account/notices",
        facts={},
    )
    return True
