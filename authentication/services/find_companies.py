"""The companies that a person may act for, for an e-service that asks in their name."""

from datetime import datetime
from uuid import UUID

from authentication.models import Company, Person
from authentication.services.find_acting import Acting, NotActing, find_acting, find_acting_for
from corpid.errors import NotFound, gettext_noop


class CompanyNotFound(NotFound):
    code = "company_not_found"
    title = gettext_noop("There is no such company that this person may act for.")
    remedy = gettext_noop("List the companies first, and take the UBI from there.")


def find_companies(*, person_id: UUID, at: datetime) -> dict[UUID, Acting]:
    """Give them by the company's id."""
    person = Person.objects.get(id=person_id)
    return {acting.company.id: acting for acting in find_acting(person=person, at=at)}


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
