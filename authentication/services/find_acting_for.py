"""In which capacity a person may act for one company."""

from datetime import datetime
from uuid import UUID

from authentication.models import Person
from authentication.services.list_ways import Acting, list_ways
from corpid.errors import NotAllowed, gettext_noop


class NotActing(NotAllowed):
    code = "not_acting_for_company"
    title = gettext_noop("You may not act for this company.")
    remedy = gettext_noop("Choose a company that has let you in, or ask its administrator.")


def find_acting_for(*, person: Person, company_id: UUID, at: datetime) -> Acting:
    """Find the capacity for one company. Raises NotActing."""
    for acting in list_ways(person=person, at=at, company_id=company_id):
        return acting
    raise NotActing
