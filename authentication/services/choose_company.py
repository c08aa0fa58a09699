"""Choose the company to act for."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from authentication.models import Person
from authentication.services.find_acting_for import find_acting_for
from authentication.services.list_ways import Acting
from corpid.audit.services.record_event import record_event


@transaction.atomic
def choose_company(*, person: Person, company_id: UUID, at: datetime) -> Acting:
    """Find in which capacity the person acts for it. Raises NotActing."""
    acting = find_acting_for(person=person, company_id=company_id, at=at)
    record_event(
        kind="authentication.company_chosen",
        at=at,
        actor=f"person:{person.id}",
        subject=f"company:{company_id}",
        company_id=company_id,
        facts={"capacity": acting.capacity},
    )
    return acting
