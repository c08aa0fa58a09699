"""The document behind a stamp's QR code, for anybody."""

from signatures.models import Document
from signatures.services.find_request import NoSuchRequest


def find_document_by_code(*, code: str) -> Document:
    """Find it with its request and company. Raises NoSuchRequest."""
    found = (
        Document.objects.filter(code=code)
        .select_related("request__company__current_name", "request__approval")
        .first()
    )
    if found is None:
        raise NoSuchRequest(code)
    return found
