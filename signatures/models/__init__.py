"""What is true of certificates, requests for signature and verifications, and stays true."""

from signatures.models.certificate import Certificate
from signatures.models.request import Addressee, Document, DocumentClass, SignatureRequest
from signatures.models.verification import Verification

__all__ = [
    "Addressee",
    "Certificate",
    "Document",
    "DocumentClass",
    "SignatureRequest",
    "Verification",
]
