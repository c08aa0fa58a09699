"""A request for signature of the company that somebody acts for."""

from datetime import datetime

from authentication.powers import VIEW_COMPANY
from authentication.services.check_power import check_power
from authentication.services.list_ways import Acting
from signatures.models import SignatureRequest
from signatures.services.find_request import find_request


def find_own_request(*, reference: str, acting: Acting, at: datetime) -> SignatureRequest:
    """Raise NoSuchRequest for another company's, and what check_power refuses for."""
    check_power(person=acting.person, company=acting.company, power=VIEW_COMPANY, at=at)
    return find_request(company_id=acting.company.id, reference=reference)
