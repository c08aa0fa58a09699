"""A request for signature, for somebody to whom it is theirs; anybody else's is nothing."""

from uuid import UUID

from corpid.errors import NotFound, gettext_noop
from signatures.models import Document, SignatureRequest

_WITH = ("company__current_name", "approval__company", "made_by", "e_service")


class NoSuchRequest(NotFound):
    code = "no_such_signature_request"
    title = gettext_noop("There is no such request for signature for you.")
    remedy = gettext_noop("Check the address and the company that you act for.")


def find_request_of(*, company_id: UUID, reference: str) -> SignatureRequest:
    """Find one of the company's requests. Raises NoSuchRequest."""
    return _only(company_id=company_id, reference=reference)


def find_request_asked_by(*, e_service_id: UUID, reference: str) -> SignatureRequest:
    """Find one that the e-service asked for. Raises NoSuchRequest."""
    return _only(e_service_id=e_service_id, reference=reference)


def _only(**named: object) -> SignatureRequest:
    found = SignatureRequest.objects.filter(**named).select_related(*_WITH).first()
    if found is None:
        raise NoSuchRequest(str(named["reference"]))
    return found


def find_document(*, request: SignatureRequest, number: int) -> Document:
    found = request.documents.filter(number=number).first()
    if found is None:
        raise NoSuchRequest(f"document {number} of {request.reference}")
    return found


def find_document_by_code(*, code: str) -> Document:
    """Find the document behind a stamp's QR code. Raises NoSuchRequest."""
    found = (
        Document.objects.filter(code=code)
        .select_related("request__company__current_name", "request__approval")
        .first()
    )
    if found is None:
        raise NoSuchRequest(code)
    return found
