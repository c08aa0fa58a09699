"""A request for signature, for somebody to whom it is theirs; anybody else's is nothing."""

from uuid import UUID

from corpid.errors import NotFound, gettext_noop
from signatures.models import SignatureRequest


class NoSuchRequest(NotFound):
    code = "no_such_signature_request"
    title = gettext_noop("There is no such request for signature for you.")
    remedy = gettext_noop("Check the address and the company that you act for.")


def find_request(
    *, reference: str, company_id: UUID | None = None, e_service_id: UUID | None = None
) -> SignatureRequest:
    """Find one of the company's, or one that the e-service asked for. Raises NoSuchRequest."""
    whose = {"company_id": company_id} if company_id else {"e_service_id": e_service_id}
    if not any(whose.values()):
        raise TypeError("a request is found for a company or for an e-service")
    found = (
        SignatureRequest.objects.filter(reference=reference, **whose)
        .select_related("company__current_name", "approval__company", "made_by", "e_service")
        .first()
    )
    if found is None:
        raise NoSuchRequest(reference)
    return found
