"""One company that a person may act for, by its UBI."""

from datetime import datetime
from uuid import UUID

from authentication.models import Company, Person
from authentication.services.find_acting_for import NotActing, find_acting_for
from authentication.services.list_ways import Acting
from corpid.errors import NotFound, gettext_noop


class CompanyNotFound(NotFound):
    code = "company_not_found"
    title = gettext_noop("There is no such company that this person may act for.")
    remedy = gettext_noop("List the companies first, and take the UBI from there.")


def find_company(*, person_id: UUID, ubi: str, at: datetime) -> Acting:
    """Another's company is not there. Raises CompanyNotFound."""
    company = Company.objects.filter(ubi=ubi).first()
    if company is None:
        raise CompanyNotFound
    try:
        return find_acting_for(
            person=Person.objects.get(id=person_id), company_id=company.id, at=at
        )
    except NotActing as error:
        raise CompanyNotFound from error
