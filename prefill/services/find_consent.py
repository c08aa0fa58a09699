"""Find a consent for those it belongs to; for everybody else there is nothing."""

from uuid import UUID

from corpid.errors import NotFound, gettext_noop
from corpid.identifiers import is_outside_id
from prefill.models import Consent


class ConsentNotFound(NotFound):
    code = "consent_not_found"
    title = gettext_noop("There is no such consent.")
    remedy = gettext_noop("Check the address, and the company that you act for.")


def find_consent(
    *, reference: str, company_id: UUID | None = None, e_service_id: UUID | None = None
) -> Consent:
    """Name the company or the e-service whose consent it must be. Raises ConsentNotFound."""
    if not is_outside_id(reference):
        raise ConsentNotFound
    consents = Consent.objects.described().filter(reference=reference)
    if company_id is not None:
        consents = consents.filter(company=company_id)
    if e_service_id is not None:
        consents = consents.filter(e_service=e_service_id)
    consent = consents.first()
    if consent is None or (company_id is None and e_service_id is None):
        raise ConsentNotFound
    return consent
