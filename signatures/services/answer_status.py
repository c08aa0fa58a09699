"""Say whether a certificate of our issuing authority is good, revoked or unknown (OCSP)."""

from datetime import datetime

from signatures.models import Certificate
from signatures.pki import ocsp
from signatures.services.find_authority import find_authority
from signatures.services.find_present_certificate import find_present_certificate


def answer_status(*, request_der: bytes, at: datetime) -> bytes:
    """Answer an OCSP request in DER, whatever it is."""
    issuing = find_present_certificate(Certificate.Profile.ISSUING, at=at)
    return ocsp.answer_request(
        request_der,
        issuer=issuing.as_x509(),
        find_status=lambda serial: _find_status(issuing, f"{serial:x}"),
        responder=find_authority(Certificate.Profile.OCSP, at=at),
        at=at,
    )


def _find_status(issuer: Certificate, serial_number: str) -> ocsp.CertificateStatus | None:
    found = (
        Certificate.objects.filter(issuer=issuer, serial_number=serial_number)
        .select_related("key")
        .first()
    )
    return None if found is None else ocsp.CertificateStatus(found.revocation())
