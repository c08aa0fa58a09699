"""The companies that a person may act for, for an e-service that asks in their name."""

from datetime import datetime
from uuid import UUID

from authentication.models import Person
from authentication.services.find_acting import find_acting
from authentication.services.list_ways import Acting


def find_companies(*, person_id: UUID, at: datetime) -> dict[UUID, Acting]:
    """Give them by the company's id."""
    person = Person.objects.get(id=person_id)
    return {acting.company.id: acting for acting in find_acting(person=person, at=at)}
