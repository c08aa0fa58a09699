"""One document of a request that somebody may see."""

from signatures.models import Document, SignatureRequest
from signatures.services.find_request import NoSuchRequest


def find_document(*, request: SignatureRequest, number: int) -> Document:
    """Find it by its number, from 1. Raises NoSuchRequest."""
    found = request.documents.filter(number=number).first()
    if found is None:
        raise NoSuchRequest(f"document {number} of {request.reference}")
    return found
